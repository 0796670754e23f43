/* How fast zone text becomes zonedata, beside libzscanner's bare speed over the same bytes in memory: bench_parser PREFIX FILE.zone ...
 * Passes of the two alternate; each figure is the median over the passes, so a noisy neighbour meets both. */
#include "shared/zonetext.h"
#include <err.h>
#include <libzscanner/scanner.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PASSES = 15, PASS_RECORDS = 100000, TEXT_MAX = 1 << 26 };
typedef struct {
    char name[DNAME_TEXT];
    char *text;
    size_t len;
    zs_scanner_t *scanner; /* set up once: only its reading is measured */
} input_t;

static size_t s_scanned;
static void scanned(zs_scanner_t *s) { (void)s; s_scanned++; }
/* Of this thread: what other programs take from the machine does not count. */
static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
static int compare(const void *a, const void *b) { double x = *(const double *)a, y = *(const double *)b; return (x > y) - (x < y); }
static double median(double *values) { qsort(values, PASSES, sizeof *values, compare); return values[PASSES / 2]; }

/* ".../0%2F25.2.0.192.in-addr.arpa.zone" -> "0/25.2.0.192.in-addr.arpa." */
static void name_of_file(const char *path, char ret_name[DNAME_TEXT])
{
    const char *file = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    AUTO_FREE char *text = auto_strndup(file, strlen(file) > 5 ? strlen(file) - 5 : 0);
    char *escape = strstr(text, "%2F");
    if (escape != NULL) {
        *escape = '/';
        memmove(escape + 1, escape + 3, strlen(escape + 3) + 1);
    }
    if (dname_from_text(text, ret_name, NULL) != ERR_OK)
        errx(1, "%s: call it after its zone, with .zone behind", path);
}
/* False: libzscanner refuses the text (line ends of Windows, raw UTF-8), so there is nothing to compare with. */
static bool scan(input_t *in)
{
    bool ok = zs_set_input_string(in->scanner, in->text, in->len) == 0 && zs_parse_all(in->scanner) == 0;
    return ok && in->scanner->error.counter == 0;
}
static void input_done(input_t *in)
{
    if (in->scanner != NULL)
        zs_deinit(in->scanner);
    free(in->scanner);
    free(in->text);
}
static bool load(const char *path, input_t *ret)
{
    AUTO_FILE file = fopen(path, "re");
    if (file == NULL)
        err(1, "%s", path);
    *ret = (input_t){.text = auto_malloc(TEXT_MAX), .scanner = auto_malloc(sizeof *ret->scanner)};
    ret->len = fread(ret->text, 1, TEXT_MAX, file);
    ret->text = auto_realloc(ret->text, ret->len + 1);
    name_of_file(path, ret->name);
    if (zs_init(ret->scanner, ret->name, 1, 3600) != 0 || zs_set_processing(ret->scanner, scanned, NULL, NULL) != 0)
        errx(1, "libzscanner does not start");
    if (scan(ret))
        return true;
    input_done(ret);
    return false;
}
/* Seconds for one text; what a caller does with the data, and to get rid of it, is not counted. */
static double parse(const input_t *in, size_t *ret_records)
{
    AUTO(problem_list) problems = problem_list_new();
    AUTO(zonedata) data = NULL;
    double t0 = cpu_s();
    zonetext_parse(in->text, in->len, in->name, NULL, problems, &data);
    double seconds = cpu_s() - t0;
    if (problems->errors > 0)
        errx(1, "%s: %s", in->name, problems->items[0].message);
    *ret_records = data->records + data->has_soa;
    return seconds;
}
static double scan_all(input_t *inputs, size_t count)
{
    double t0 = cpu_s();
    for (size_t i = 0; i < count; i++)
        scan(&inputs[i]);
    return cpu_s() - t0;
}
static double parse_all(input_t *inputs, size_t count)
{
    double seconds = 0;
    size_t records;
    for (size_t i = 0; i < count; i++)
        seconds += parse(&inputs[i], &records);
    return seconds;
}
static void measure(const char *prefix, input_t *inputs, size_t count)
{
    double parser[PASSES], bare[PASSES], ratio[PASSES];
    size_t records = 0, bytes = 0;
    for (size_t i = 0; i < count; i++) {
        size_t parsed;
        s_scanned = 0;
        scan(&inputs[i]);
        parse(&inputs[i], &parsed);
        if (parsed != s_scanned)
            errx(1, "%s: libzscanner reads %zu records, the parser %zu", inputs[i].name, s_scanned, parsed);
        records += parsed;
        bytes += inputs[i].len;
    }
    size_t rounds = PASS_RECORDS / (records + 1) + 1;
    for (int pass = 0; pass < PASSES; pass++) {
        double t[2] = {0, 0};
        for (size_t n = 0; n < rounds; n++) {
            t[0] += parse_all(inputs, count);
            t[1] += scan_all(inputs, count);
        }
        parser[pass] = (double)(records * rounds) / t[0];
        bare[pass] = (double)(records * rounds) / t[1];
        ratio[pass] = t[1] / t[0];
    }
    printf("%srecords\t%zu\trecords\n%sbytes\t%zu\tbytes\n", prefix, records, prefix, bytes);
    printf("%sparser_rate\t%.0f\trecords/s\n", prefix, median(parser));
    printf("%szscanner_rate\t%.0f\trecords/s\n", prefix, median(bare));
    printf("%sparser_ratio\t%.3f\tof zscanner_rate\n", prefix, median(ratio));
}

int main(int argc, char **argv)
{
    input_t *inputs = auto_calloc((size_t)argc, sizeof *inputs);
    size_t count = 0;
    if (argc < 3)
        errx(64, "usage: %s PREFIX NAME.zone ...", argv[0]);
    for (int i = 2; i < argc; i++) {
        if (load(argv[i], &inputs[count]))
            count++;
        else
            fprintf(stderr, "%s: left out, libzscanner refuses it\n", argv[i]);
    }
    measure(argv[1], inputs, count);
    for (size_t i = 0; i < count; i++)
        input_done(&inputs[i]);
    free(inputs);
    return 0;
}
