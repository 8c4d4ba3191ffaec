/* SPDX-License-Identifier: MIT */
/* Errors of the object model and of the devices built on it. */
#ifndef QOM_ERROR_H
#define QOM_ERROR_H

#include "util/osdep.h"

#define QOM_ERROR (qom_error_quark())

typedef enum QomErrorCode {
    QOM_ERROR_GENERIC,
    QOM_ERROR_NOT_FOUND,        /* no such type, object or property */
    QOM_ERROR_TYPE,             /* exists but is of another type */
    QOM_ERROR_VALUE,            /* a value out of range or malformed */
    QOM_ERROR_ACCESS,           /* not readable or not writable */
    QOM_ERROR_EXISTS,           /* the name is taken */
    QOM_ERROR_STATE,            /* not now: realized, in use, ... */
    QOM_ERROR_AMBIGUOUS,        /* a partial path with several matches */
} QomErrorCode;

GQuark qom_error_quark(void);

#endif
