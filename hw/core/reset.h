/* SPDX-License-Identifier: MIT */
/*
 * Reset in three phases over a tree: enter (set own state, touch nobody), hold
 * (drive outputs), exit (start to work).  Each phase runs for all the tree,
 * children first, before the next.
 *
 * Reset is a state with a count of who asserts it.  Enter and hold run when
 * the count leaves 0, exit when it comes back; in between, more asserts change
 * only the count, of everything below as well.
 */
#ifndef HW_CORE_RESET_H
#define HW_CORE_RESET_H

#include "qom/object.h"

#define TYPE_RESETTABLE "resettable"

typedef enum ResetType {
    RESET_TYPE_COLD,
    RESET_TYPE_WAKEUP,
} ResetType;

typedef struct ResettableState {
    unsigned count;
    bool hold_pending;
} ResettableState;

typedef void ResetPhase(Object *obj, ResetType type);

typedef struct ResettablePhases {
    ResetPhase *enter;
    ResetPhase *hold;
    ResetPhase *exit;
} ResettablePhases;

typedef struct ResettableClass {
    InterfaceClass parent_class;
    ResettablePhases phases;
    ResettableState *(*get_state)(Object *obj);
    void (*child_foreach)(Object *obj, ResetPhase *fn, ResetType type);
} ResettableClass;
DECLARE_CLASS_CHECKERS(ResettableClass, RESETTABLE)

/* Assert and release at once. */
void resettable_reset(Object *obj, ResetType type);
void resettable_assert_reset(Object *obj, ResetType type);
/* Nothing if it is not in reset. */
void resettable_release_reset(Object *obj, ResetType type);
bool resettable_is_in_reset(Object *obj);
/* OBJ moves below another parent (either may be NULL): takes its state. */
void resettable_change_parent(Object *obj, Object *to, Object *from);
/* Replaces phases that are not NULL; the old ones go to PARENT. */
void resettable_class_set_parent_phases(ResettableClass *rc,
                                        ResetPhase *enter, ResetPhase *hold,
                                        ResetPhase *exit,
                                        ResettablePhases *parent);

/* What a reset of the whole machine reaches; borrowed until removed. */
void system_reset_add(Object *obj);
void system_reset_remove(Object *obj);
void system_reset(ResetType type);

#endif
