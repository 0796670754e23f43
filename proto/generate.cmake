# Included by dms_layer(proto): makes the protobuf-c code in the build directory and appends it to `sources`.
# The generated code is not ours: no warnings from it, and its header counts as a system header.
find_program(PROTOC_C protoc-c REQUIRED)
set(generated_dir ${CMAKE_BINARY_DIR}/generated/proto)
file(MAKE_DIRECTORY ${generated_dir})
add_custom_command(
    OUTPUT ${generated_dir}/dms.pb-c.c ${generated_dir}/dms.pb-c.h
    COMMAND ${PROTOC_C} --proto_path=${CMAKE_SOURCE_DIR}/proto --c_out=${generated_dir} dms.proto
    DEPENDS ${CMAKE_SOURCE_DIR}/proto/dms.proto
    COMMENT "protoc-c dms.proto")
set_source_files_properties(${sources} PROPERTIES
    COMPILE_OPTIONS -isystem${generated_dir} OBJECT_DEPENDS ${generated_dir}/dms.pb-c.h)
set_source_files_properties(${generated_dir}/dms.pb-c.c PROPERTIES COMPILE_OPTIONS "-w;-I${generated_dir}")
list(APPEND sources ${generated_dir}/dms.pb-c.c)
