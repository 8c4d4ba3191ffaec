/* SPDX-License-Identifier: MIT */
/* What is on a screen, as a file: PPM (netpbm, binary), or PNG by libpng. */
#include "util/osdep.h"
#include "ui/console.h"

#ifdef CONFIG_PNG
#include <png.h>
#endif

static bool write_error(GError **errp, const char *path, int err)
{
    g_set_error(errp, G_FILE_ERROR, g_file_error_from_errno(err),
                "screendump '%s': %s", path, g_strerror(err));
    return false;
}

static void row_rgb(Console *con, int y, uint8_t *row)
{
    const uint32_t *p = console_pixels(con) + (size_t)y * console_width(con);

    for (int x = 0; x < console_width(con); x++) {
        *row++ = p[x] >> 16;
        *row++ = p[x] >> 8;
        *row++ = p[x];
    }
}

static void write_ppm(Console *con, FILE *f, uint8_t *row)
{
    fprintf(f, "P6\n%d %d\n255\n", console_width(con), console_height(con));
    for (int y = 0; y < console_height(con); y++) {
        row_rgb(con, y, row);
        fwrite(row, 3, console_width(con), f);
    }
}

#ifdef CONFIG_PNG
static bool write_png(Console *con, FILE *f, uint8_t *row)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL,
                                              NULL, NULL);
    png_infop info = png ? png_create_info_struct(png) : NULL;

    if (!info || setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        return false;
    }
    png_init_io(png, f);
    png_set_IHDR(png, info, console_width(con), console_height(con), 8,
                 PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
    png_write_info(png, info);
    for (int y = 0; y < console_height(con); y++) {
        row_rgb(con, y, row);
        png_write_row(png, row);
    }
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    return true;
}
#endif

bool console_screendump(Console *con, const char *path, const char *format,
                        GError **errp)
{
    bool png = !g_strcmp0(format, "png");
    bool ok = true;
    uint8_t *row;
    FILE *f;

    if (format && !png && strcmp(format, "ppm")) {
        g_set_error(errp, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "screendump: format '%s' is neither ppm nor png", format);
        return false;
    }
#ifndef CONFIG_PNG
    if (png) {
        g_set_error(errp, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "screendump: PNG is not in this build (no libpng)");
        return false;
    }
#endif
    console_invalidate(con);
    console_update(con);
    f = fopen(path, "wbe");
    if (!f) {
        return write_error(errp, path, errno);
    }
    row = g_malloc((size_t)console_width(con) * 3);
    if (!png) {
        write_ppm(con, f, row);
    }
#ifdef CONFIG_PNG
    else {
        ok = write_png(con, f, row);
    }
#endif
    g_free(row);
    ok = !ferror(f) && ok;
    if (fclose(f) != 0 || !ok) {
        return write_error(errp, path, errno ? errno : EIO);
    }
    return true;
}
