/* SPDX-License-Identifier: MIT */
/* Types, classes, interfaces, instances, the composition tree. */
#include "util/osdep.h"
#include "qom/object.h"
#include "qom/property.h"
#include "qom/user-creatable.h"

#include <criterion/criterion.h>

#define TYPE_ANIMAL "test-animal"
#define TYPE_DOG    "test-dog"
#define TYPE_PUPPY  "test-puppy"
#define TYPE_SWIM   "test-swims"

typedef struct Animal {
    Object parent;
    char trace[16];
    bool loud;
    uint8_t legs;
    char *name;
    int mood;
    PropertyArray tags;
    Object *friend;
} Animal;

typedef struct AnimalClass {
    ObjectClass parent_class;
    const char *(*speak)(void);
    int depth;
} AnimalClass;
DECLARE_CLASS_CHECKERS(AnimalClass, ANIMAL)

typedef struct SwimClass {
    InterfaceClass parent_class;
    int (*metres)(void);
} SwimClass;
DECLARE_CLASS_CHECKERS(SwimClass, SWIM)

static const char *const moods[] = { "calm", "angry", NULL };
static const PropertyKind mood_kind = PROPERTY_ENUM("Mood", moods);
static const PropertyKind tags_kind = PROPERTY_ARRAY("uint16s",
                                                     &property_uint16);
static int finalized;
static bool refuse;

static const char *silent(void)
{
    return "";
}

static const char *bark(void)
{
    return "wau";
}

static int far_away(void)
{
    return 100;
}

static int near_by(void)
{
    return 5;
}

static bool get_loud(Object *obj, GError **errp)
{
    return ((Animal *)obj)->loud;
}

static bool set_loud(Object *obj, bool value, GError **errp)
{
    if (refuse) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_STATE, "not now");
        return false;
    }
    ((Animal *)obj)->loud = value;
    return true;
}

static char *get_nick(Object *obj, GError **errp)
{
    return g_strdup(((Animal *)obj)->name ?: "nobody");
}

static bool set_nick(Object *obj, const char *value, GError **errp)
{
    if (!*value) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE, "no name");
        return false;
    }
    g_free(((Animal *)obj)->name);
    ((Animal *)obj)->name = g_strdup(value);
    return true;
}

static int get_temper(Object *obj, GError **errp)
{
    return ((Animal *)obj)->mood;
}

static bool set_temper(Object *obj, int value, GError **errp)
{
    ((Animal *)obj)->mood = value;
    return true;
}

static void animal_base_init(ObjectClass *oc, const void *data)
{
    ((AnimalClass *)oc)->depth++;
}

static void animal_class_init(ObjectClass *oc, const void *data)
{
    Property *p;

    ANIMAL_CLASS(oc)->speak = silent;
    object_class_property_add_bool(oc, "loud", get_loud, set_loud);
    p = object_class_property_add_field(oc, "legs", &property_uint8,
                                        offsetof(Animal, legs),
                                        PROP_READWRITE);
    property_set_initial(p, g_variant_new_byte(4));
    object_class_property_add_field(oc, "name", &property_string,
                                    offsetof(Animal, name), PROP_READWRITE);
    object_class_property_add_field(oc, "mood", &mood_kind,
                                    offsetof(Animal, mood), PROP_READWRITE);
    object_class_property_add_field(oc, "tags", &tags_kind,
                                    offsetof(Animal, tags), PROP_READWRITE);
    object_class_property_add_str(oc, "nick", get_nick, set_nick);
    object_class_property_add_enum(oc, "temper", &mood_kind, get_temper,
                                   set_temper);
    object_class_property_add_link(oc, "friend", TYPE_ANIMAL,
                                   offsetof(Animal, friend),
                                   link_allow_always, LINK_STRONG);
}

static void dog_class_init(ObjectClass *oc, const void *data)
{
    ANIMAL_CLASS(oc)->speak = bark;
    SWIM_CLASS(oc)->metres = far_away;
}

static void puppy_class_init(ObjectClass *oc, const void *data)
{
    SWIM_CLASS(oc)->metres = near_by;
}

static void animal_init(Object *obj)
{
    strcat(((Animal *)obj)->trace, "a");
}

static void animal_post(Object *obj)
{
    strcat(((Animal *)obj)->trace, "p");
}

static void dog_init(Object *obj)
{
    strcat(((Animal *)obj)->trace, "d");
}

static void animal_finalize(Object *obj)
{
    finalized++;
}

static bool complete(Object *obj, GError **errp)
{
    if (((Animal *)obj)->legs == 3) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE, "three legs");
        return false;
    }
    return true;
}

static void made_class_init(ObjectClass *oc, const void *data)
{
    USER_CREATABLE_CLASS(oc)->complete = complete;
}

static const TypeInfo test_types[] = {
    {   /* Children first: order does not matter. */
        .name = TYPE_PUPPY,
        .parent = TYPE_DOG,
        .class_init = puppy_class_init,
    }, {
        .name = TYPE_DOG,
        .parent = TYPE_ANIMAL,
        .class_init = dog_class_init,
        .instance_init = dog_init,
        .interfaces = (const InterfaceInfo[]){ { TYPE_SWIM }, { NULL } },
    }, {
        .name = TYPE_ANIMAL,
        .instance_size = sizeof(Animal),
        .class_size = sizeof(AnimalClass),
        .abstract = true,
        .class_init = animal_class_init,
        .class_base_init = animal_base_init,
        .instance_init = animal_init,
        .instance_post_init = animal_post,
        .instance_finalize = animal_finalize,
    }, {
        .name = TYPE_SWIM,
        .parent = TYPE_INTERFACE,
        .class_size = sizeof(SwimClass),
    }, {
        .name = "test-orphan",
        .parent = "test-no-such-parent",
    }, {
        .name = "test-made",
        .parent = TYPE_ANIMAL,
        .class_init = made_class_init,
        .interfaces =
            (const InterfaceInfo[]){ { TYPE_USER_CREATABLE }, { NULL } },
    },
};
DEFINE_TYPES(test_types)

static void setup(void)
{
    module_call_init(MODULE_INIT_QOM);
    module_call_init(MODULE_INIT_QOM);
}

TestSuite(qom, .init = setup);

Test(qom, classes_inherit_by_copy)
{
    ObjectClass *dog = object_class_by_name(TYPE_DOG);
    ObjectClass *puppy = object_class_by_name(TYPE_PUPPY);

    cr_assert(dog && puppy);
    cr_assert_str_eq(ANIMAL_CLASS(puppy)->speak(), "wau");
    cr_assert_eq(ANIMAL_CLASS(puppy)->depth, 3);
    cr_assert_eq(object_class_get_parent(puppy), dog);
    cr_assert_null(object_class_by_name("test-orphan"));
    cr_assert_null(object_class_by_name("test-nothing"));
}

Test(qom, interfaces_per_class)
{
    ObjectClass *dog = object_class_by_name(TYPE_DOG);
    ObjectClass *puppy = object_class_by_name(TYPE_PUPPY);

    cr_assert_eq(SWIM_CLASS(dog)->metres(), 100);
    cr_assert_eq(SWIM_CLASS(puppy)->metres(), 5);
    cr_assert_eq(SWIM_CLASS(puppy)->parent_class.concrete, puppy);
    cr_assert_null(object_class_dynamic_cast(
        object_class_by_name("test-made"), TYPE_SWIM));
}

Test(qom, instances_init_and_finalize)
{
    Animal *a = (Animal *)object_new(TYPE_PUPPY);
    Object *obj = OBJECT(a);

    cr_assert_str_eq(a->trace, "adp");
    cr_assert_eq(a->legs, 4);
    cr_assert(object_dynamic_cast(obj, TYPE_DOG));
    cr_assert(object_dynamic_cast(obj, TYPE_SWIM));
    cr_assert_null(object_dynamic_cast(obj, TYPE_CONTAINER));
    object_ref(obj);
    object_unref(obj);
    cr_assert_eq(finalized, 0);
    object_unref(obj);
    cr_assert_eq(finalized, 1);
}

Test(qom, new_checked_fails_softly)
{
    GError *err = NULL;

    cr_assert_null(object_new_checked("nothing", &err));
    cr_assert(g_error_matches(err, QOM_ERROR, QOM_ERROR_NOT_FOUND));
    g_clear_error(&err);
    cr_assert_null(object_new_checked(TYPE_ANIMAL, &err));
    cr_assert(g_error_matches(err, QOM_ERROR, QOM_ERROR_TYPE));
    g_clear_error(&err);
}

Test(qom, properties_by_text_and_value)
{
    Animal *a = (Animal *)object_new(TYPE_DOG);
    Object *obj = OBJECT(a);
    GError *err = NULL;
    char *text;

    cr_assert(object_property_parse(obj, "loud", "on", &err));
    cr_assert(a->loud);
    cr_assert(object_property_parse(obj, "legs", "0x10", &err));
    cr_assert_eq(a->legs, 16);
    cr_assert_not(object_property_parse(obj, "legs", "256", &err));
    cr_assert(g_error_matches(err, QOM_ERROR, QOM_ERROR_VALUE));
    g_clear_error(&err);
    cr_assert_not(object_property_parse(obj, "legs", "-1", NULL));
    cr_assert_not(object_property_parse(obj, "legs", "4x", NULL));
    cr_assert_not(object_property_parse(obj, "legs", "", NULL));
    cr_assert(object_property_set_int(obj, "legs", 7, &err));
    cr_assert_eq(object_property_get_uint(obj, "legs", &err), 7);
    cr_assert(object_property_set_str(obj, "name", "R\xfc" "ck", &err));
    cr_assert_str_eq(a->name, "R\xfc" "ck");
    cr_assert(object_property_parse(obj, "mood", "angry", &err));
    cr_assert_eq(object_property_get_enum(obj, "mood", &err), 1);
    cr_assert_not(object_property_parse(obj, "mood", "sad", NULL));
    cr_assert(object_property_parse(obj, "tags", "1,2,3", &err));
    cr_assert_eq(a->tags.len, 3);
    cr_assert_eq(((uint16_t *)a->tags.data)[2], 3);
    cr_assert_not(object_property_parse(obj, "tags", "1,70000", NULL));
    text = object_property_print(obj, "tags", &err);
    cr_assert_str_eq(text, "1,2,3");
    g_free(text);
    cr_assert_not(object_property_set_bool(obj, "nothing", true, &err));
    cr_assert(g_error_matches(err, QOM_ERROR, QOM_ERROR_NOT_FOUND));
    g_clear_error(&err);
    refuse = true;
    cr_assert_not(object_property_set_bool(obj, "loud", false, &err));
    cr_assert(g_error_matches(err, QOM_ERROR, QOM_ERROR_STATE));
    g_clear_error(&err);
    object_unref(obj);
}

Test(qom, sizes)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {
        { "0", 0 }, { "4096", 4096 }, { "4K", 4096 }, { "1.5k", 1536 },
        { "0x10", 16 }, { "2G", 2ull << 30 }, { "1T", 1ull << 40 },
        { "18446744073709551615", UINT64_MAX },
    };
    static const char *const bad[] = {
        "", "-1", "4KB", "K", "18446744073709551616", "16E", "1..5", "x",
    };
    uint64_t n;

    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        cr_assert(parse_size(good[i].text, 1, &n, NULL), "%s", good[i].text);
        cr_assert_eq(n, good[i].bytes, "%s", good[i].text);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        cr_assert_not(parse_size(bad[i], 1, &n, NULL), "%s", bad[i]);
    }
}

Test(qom, tree_paths_and_links)
{
    Object *box = object_container_get(object_get_root(), "/zoo/left");
    Object *other = object_container_get(object_get_root(), "/zoo/right");
    Animal *a = (Animal *)object_new(TYPE_DOG);
    Animal *b = (Animal *)object_new(TYPE_DOG);
    bool ambiguous;
    GError *err = NULL;
    char *path;

    object_property_add_child(box, "dog[*]", OBJECT(a));
    object_property_add_child(other, "dog[*]", OBJECT(b));
    object_unref(a);
    object_unref(b);
    path = object_get_canonical_path(OBJECT(a));
    cr_assert_str_eq(path, "/zoo/left/dog[0]");
    cr_assert_eq(object_resolve_path(path, NULL), OBJECT(a));
    g_free(path);
    cr_assert_null(object_resolve_path("dog[0]", &ambiguous));
    cr_assert(ambiguous);
    cr_assert_eq(object_resolve_path("right/dog[0]", &ambiguous), OBJECT(b));
    cr_assert_not(ambiguous);
    cr_assert_null(object_resolve_path("/zoo/dog", NULL));
    cr_assert_null(object_resolve_path("", NULL));

    cr_assert(object_property_parse(OBJECT(a), "friend", "right/dog[0]",
                                    &err));
    cr_assert_eq(a->friend, OBJECT(b));
    cr_assert_not(object_property_parse(OBJECT(a), "friend", "dog[0]", &err));
    cr_assert(g_error_matches(err, QOM_ERROR, QOM_ERROR_AMBIGUOUS));
    g_clear_error(&err);
    cr_assert_not(object_property_parse(OBJECT(a), "friend", "/zoo", &err));
    cr_assert(g_error_matches(err, QOM_ERROR, QOM_ERROR_TYPE));
    g_clear_error(&err);
    cr_assert_eq(object_resolve_path("/zoo/left/dog[0]/friend", NULL),
                 OBJECT(b));
    object_unparent(OBJECT(b));
    cr_assert_eq(finalized, 0, "a strong link keeps it");
    cr_assert(object_property_parse(OBJECT(a), "friend", "", &err));
    cr_assert_eq(finalized, 1);
    object_unparent(object_resolve_path("/zoo", NULL));
    cr_assert_eq(finalized, 2);
}

static int count_one(Object *child, void *opaque)
{
    ++*(int *)opaque;
    return 0;
}

Test(qom, iteration)
{
    Object *root = object_container_get(object_get_root(), "/it");
    GSList *list = object_class_get_list(TYPE_ANIMAL, false);
    int n = 0;

    cr_assert_eq(g_slist_length(list), 3);
    cr_assert_str_eq(object_class_get_name(list->data), TYPE_DOG);
    g_slist_free(list);
    list = object_class_get_list(TYPE_SWIM, true);
    cr_assert_eq(g_slist_length(list), 2);
    g_slist_free(list);
    object_container_get(root, "a/b");
    object_container_get(root, "c");
    object_child_foreach(root, count_one, &n);
    cr_assert_eq(n, 2);
    object_child_foreach_recursive(root, count_one, &n);
    cr_assert_eq(n, 5);
}

Test(qom, user_creatable)
{
    GError *err = NULL;
    Object *obj = user_creatable_add_str("test-made,id=m0,legs=8,name=a,,b",
                                         &err);
    static const struct {
        const char *text;
        int code;
    } bad[] = {
        { "test-dog,id=x", QOM_ERROR_NOT_FOUND },
        { "test-made", QOM_ERROR_VALUE },
        { "test-made,id=0x", QOM_ERROR_VALUE },
        { "test-made,id=m0", QOM_ERROR_EXISTS },
        { "test-made,id=m1,legs=many", QOM_ERROR_VALUE },
        { "test-made,id=m1,wings=2", QOM_ERROR_NOT_FOUND },
        { "test-made,id=m1,legs=3", QOM_ERROR_VALUE },
        { "", QOM_ERROR_VALUE },
    };

    cr_assert_not_null(obj);
    cr_assert_eq(((Animal *)obj)->legs, 8);
    cr_assert_str_eq(((Animal *)obj)->name, "a,b");
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        cr_assert_null(user_creatable_add_str(bad[i].text, &err));
        cr_assert(g_error_matches(err, QOM_ERROR, bad[i].code), "%s: %s",
                  bad[i].text, err->message);
        g_clear_error(&err);
    }
    cr_assert_null(user_creatable_add_str("test-made,=1", &err));
    g_clear_error(&err);
    cr_assert(user_creatable_del("m0", &err));
    cr_assert_not(user_creatable_del("m0", &err));
    g_clear_error(&err);
}

static bool no_get(Object *obj, GError **errp)
{
    g_set_error(errp, QOM_ERROR, QOM_ERROR_STATE, "no");
    return false;
}

Test(qom, access_and_alias)
{
    Object *c = object_new(TYPE_CONTAINER);
    Object *dog = object_new(TYPE_DOG);
    GError *err = NULL;

    object_property_add_bool(c, "broken", no_get, NULL);
    object_property_get_bool(c, "broken", &err);
    cr_assert(g_error_matches(err, QOM_ERROR, QOM_ERROR_STATE));
    g_clear_error(&err);
    cr_assert_not(object_property_set_bool(c, "broken", 1, &err));
    cr_assert(g_error_matches(err, QOM_ERROR, QOM_ERROR_ACCESS));
    g_clear_error(&err);
    object_property_add_child(c, "dog", dog);
    object_unref(dog);
    object_property_add_alias(c, "legs", dog, "legs");
    cr_assert(object_property_parse(c, "legs", "2", &err));
    cr_assert_eq(((Animal *)dog)->legs, 2);
    object_unref(c);
    cr_assert_eq(finalized, 1);
}

static void check_accessors(Object *obj, const char *nick, const char *temper)
{
    GError *err = NULL;
    char *text;

    text = object_property_get_str(obj, nick, NULL);
    cr_assert_str_eq(text, "nobody");
    g_free(text);
    cr_assert(object_property_parse(obj, nick, "rex", NULL));
    text = object_property_get_str(obj, nick, NULL);
    cr_assert_str_eq(text, "rex");
    g_free(text);
    cr_assert_not(object_property_set_str(obj, nick, "", &err));
    cr_assert(g_error_matches(err, QOM_ERROR, QOM_ERROR_VALUE));
    g_clear_error(&err);
    cr_assert(object_property_parse(obj, temper, "angry", NULL));
    cr_assert_eq(object_property_get_enum(obj, temper, NULL), 1);
    cr_assert_not(object_property_parse(obj, temper, "sad", NULL));
    cr_assert_eq(((Animal *)obj)->mood, 1);
}

Test(qom, getters_and_setters_of_texts_and_names)
{
    Object *dog = object_new(TYPE_DOG), *other = object_new(TYPE_DOG);

    check_accessors(dog, "nick", "temper");
    object_property_add_str(other, "own-nick", get_nick, set_nick);
    object_property_add_enum(other, "own-temper", &mood_kind, get_temper,
                             set_temper);
    check_accessors(other, "own-nick", "own-temper");
    cr_assert_null(object_property_find(dog, "own-nick"));
    object_unref(dog);
    object_unref(other);
}

Test(qom, fields_by_address)
{
    Object *c = object_new(TYPE_CONTAINER);
    int16_t depth = -7;
    GError *err = NULL;

    object_property_add_ptr(c, "depth", &property_int16, &depth,
                            PROP_READWRITE);
    cr_assert_eq(object_property_get_int(c, "depth", &err), -7);
    cr_assert(object_property_set_int(c, "depth", -32768, &err));
    cr_assert_eq(depth, -32768);
    cr_assert_not(object_property_set_int(c, "depth", 32768, NULL));
    cr_assert_eq(depth, -32768);
    object_unref(c);
}

Test(qom, embedded_children)
{
    Object *home = object_container_get(object_get_root(), "/embedded");
    Animal dog;

    object_initialize_child(home, "dog", &dog, sizeof(dog), TYPE_DOG);
    cr_assert_eq(object_resolve_path_at(home, "dog"), OBJECT(&dog));
    cr_assert_eq(object_resolve_path_at(home, ""), home);
    cr_assert_null(object_resolve_path_at(home, "dog/tail"));
    object_unparent(OBJECT(&dog));
    cr_assert_eq(finalized, 1);
}

static void join_names(ObjectClass *oc, void *opaque)
{
    g_string_append_printf(opaque, "%s ", object_class_get_name(oc));
}

Test(qom, classes_one_by_one)
{
    GString *names = g_string_new(NULL);

    object_class_foreach(join_names, TYPE_SWIM, false, names);
    cr_assert_str_eq(names->str, "test-dog test-puppy ");
    g_string_truncate(names, 0);
    object_class_foreach(join_names, TYPE_ANIMAL, true, names);
    cr_assert_str_eq(names->str,
                     "test-animal test-dog test-made test-puppy ");
    g_string_free(names, true);
}
