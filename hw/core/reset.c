/* SPDX-License-Identifier: MIT */
/* Reset in phases: see reset.h. */
#include "util/osdep.h"
#include "hw/core/reset.h"

static GPtrArray *reset_roots;

static void phase_enter(Object *obj, ResetType type)
{
    ResettableClass *rc = RESETTABLE_GET_CLASS(obj);
    ResettableState *s = rc->get_state(obj);
    bool first = s->count++ == 0;

    if (rc->child_foreach) {
        rc->child_foreach(obj, phase_enter, type);
    }
    if (first) {
        if (rc->phases.enter) {
            rc->phases.enter(obj, type);
        }
        s->hold_pending = true;
    }
}

static void phase_hold(Object *obj, ResetType type)
{
    ResettableClass *rc = RESETTABLE_GET_CLASS(obj);
    ResettableState *s = rc->get_state(obj);

    if (rc->child_foreach) {
        rc->child_foreach(obj, phase_hold, type);
    }
    if (s->hold_pending) {
        s->hold_pending = false;
        if (rc->phases.hold) {
            rc->phases.hold(obj, type);
        }
    }
}

static void phase_exit(Object *obj, ResetType type)
{
    ResettableClass *rc = RESETTABLE_GET_CLASS(obj);
    ResettableState *s = rc->get_state(obj);

    if (rc->child_foreach) {
        rc->child_foreach(obj, phase_exit, type);
    }
    if (s->count && --s->count == 0 && rc->phases.exit) {
        rc->phases.exit(obj, type);
    }
}

void resettable_assert_reset(Object *obj, ResetType type)
{
    phase_enter(obj, type);
    phase_hold(obj, type);
}

void resettable_release_reset(Object *obj, ResetType type)
{
    if (resettable_is_in_reset(obj)) {
        phase_exit(obj, type);
    }
}

void resettable_reset(Object *obj, ResetType type)
{
    resettable_assert_reset(obj, type);
    resettable_release_reset(obj, type);
}

bool resettable_is_in_reset(Object *obj)
{
    return RESETTABLE_GET_CLASS(obj)->get_state(obj)->count > 0;
}

static unsigned count_of(Object *obj)
{
    return obj ? RESETTABLE_GET_CLASS(obj)->get_state(obj)->count : 0;
}

void resettable_change_parent(Object *obj, Object *to, Object *from)
{
    unsigned more = count_of(to), less = count_of(from);

    for (unsigned i = 0; i < more; i++) {
        resettable_assert_reset(obj, RESET_TYPE_COLD);
    }
    for (unsigned i = 0; i < less; i++) {
        resettable_release_reset(obj, RESET_TYPE_COLD);
    }
}

void resettable_class_set_parent_phases(ResettableClass *rc,
                                        ResetPhase *enter, ResetPhase *hold,
                                        ResetPhase *exit,
                                        ResettablePhases *parent)
{
    *parent = rc->phases;
    rc->phases.enter = enter ?: rc->phases.enter;
    rc->phases.hold = hold ?: rc->phases.hold;
    rc->phases.exit = exit ?: rc->phases.exit;
}

void system_reset_add(Object *obj)
{
    if (!reset_roots) {
        reset_roots = g_ptr_array_new();
    }
    g_ptr_array_add(reset_roots, obj);
}

void system_reset_remove(Object *obj)
{
    if (reset_roots) {
        g_ptr_array_remove(reset_roots, obj);
    }
}

void system_reset(ResetType type)
{
    static ResetPhase *const order[] = { phase_enter, phase_hold, phase_exit };

    for (size_t p = 0; p < ARRAY_SIZE(order); p++) {
        for (guint i = 0; reset_roots && i < reset_roots->len; i++) {
            order[p](g_ptr_array_index(reset_roots, i), type);
        }
    }
}

static const TypeInfo reset_types[] = {
    {
        .name = TYPE_RESETTABLE,
        .parent = TYPE_INTERFACE,
        .class_size = sizeof(ResettableClass),
        .abstract = true,
    },
};
DEFINE_TYPES(reset_types)
