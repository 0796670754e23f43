# Compiler flags.  One line of reason per flag.
set(DMS_C_FLAGS
    -Wall -Wextra
    -Wconversion            # lengths and serials cross widths all day: every narrowing is written down
    -Wshadow                # an inner `err` that hides an outer one loses errors
    -Wstrict-prototypes -Wmissing-prototypes # extern means: declared in the module's header
    -Wcast-qual             # const is the ownership notation
    -Wwrite-strings         # literals are const
    -Wformat=2              # format strings come from us only
    -Wvla                   # stack use does not depend on input
    -Wundef                 # a misspelt macro is not 0
    -Wpointer-arith -Wredundant-decls -Wnull-dereference)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    list(APPEND DMS_C_FLAGS
        -Wduplicated-cond -Wduplicated-branches # copy-paste errors
        -Wlogical-op                            # && where & was meant
        -Wformat-signedness)                    # %d with unsigned
endif()
if(DMS_WERROR)
    list(APPEND DMS_C_FLAGS -Werror)
endif()
set(DMS_LINK_FLAGS "")
if(DMS_SANITIZE)
    list(APPEND DMS_C_FLAGS -fsanitize=${DMS_SANITIZE} -fno-omit-frame-pointer)
    list(APPEND DMS_LINK_FLAGS -fsanitize=${DMS_SANITIZE})
    if(DMS_SANITIZE MATCHES "undefined")
        list(APPEND DMS_C_FLAGS -fno-sanitize-recover=all)
    endif()
endif()
if(DMS_COVERAGE)
    list(APPEND DMS_C_FLAGS --coverage)
    list(APPEND DMS_LINK_FLAGS --coverage)
endif()
if(DMS_HARDEN)
    list(APPEND DMS_C_FLAGS -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection)
    list(APPEND DMS_LINK_FLAGS -Wl,-z,relro -Wl,-z,now -Wl,--as-needed -pie)
endif()
add_compile_definitions(_GNU_SOURCE DMS_VERSION="${PROJECT_VERSION}")
