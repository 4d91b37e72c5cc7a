// The table function: (path, delimiter, quote, header, rows, columns, types, texts that mean null).
#include "function.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duckdb_api.h"

enum { PATH, DELIM, QUOTE, HEADER, ROWS, COLUMNS, TYPES, NULLS, PARAMETERS };

// table is what a call is bound to.
struct table {
	struct layout layout;
	char *path;
	bool header;
	struct reach *reach;
};

// reading is a call that is carried out; many threads may.
struct reading {
	const struct table *table;
	struct scan *scan;
	size_t columns;
	idx_t *column;
};

bool kind_of(const char *type, struct column *c) {
	static const struct {
		const char *name;
		enum kind kind;
	} kinds[] = {
		{"VARCHAR", TEXT}, {"BOOLEAN", TRUTH}, {"BIGINT", WHOLE}, {"DOUBLE", REAL}, {"DATE", DAY}, {"TIMESTAMP", MOMENT}, {"TIMESTAMP WITH TIME ZONE", ZONED}, {"TIME", CLOCK},
	};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(type, kinds[i].name) == 0) {
			*c = (struct column){.kind = kinds[i].kind};
			return true;
		}
	*c = (struct column){.kind = DECIMAL};
	int end = 0; // of widths, only those that DuckDB keeps in 8 or 16 bytes
	return sscanf(type, "DECIMAL(%d,%d)%n", &c->width, &c->scale, &end) == 2 && type[end] == 0 && (c->width == 18 || c->width == 38) && c->scale >= 0 && c->scale <= c->width;
}

static duckdb_logical_type type_of(const struct column *c) {
	static const int types[] = {
		[TEXT] = DUCKDB_TYPE_VARCHAR, [TRUTH] = DUCKDB_TYPE_BOOLEAN, [WHOLE] = DUCKDB_TYPE_BIGINT, [REAL] = DUCKDB_TYPE_DOUBLE,
		[DAY] = DUCKDB_TYPE_DATE, [MOMENT] = DUCKDB_TYPE_TIMESTAMP, [ZONED] = DUCKDB_TYPE_TIMESTAMP_TZ, [CLOCK] = DUCKDB_TYPE_TIME,
	};
	if (c->kind == DECIMAL)
		return duckdb_create_decimal_type((uint8_t)c->width, (uint8_t)c->scale);
	return duckdb_create_logical_type(types[c->kind]);
}

static void table_free(void *table) {
	struct table *t = table;
	for (size_t i = 0; i < t->layout.nulls; i++)
		free(t->layout.null[i]);
	free(t->layout.null);
	free(t->layout.null_length);
	free(t->layout.column);
	free(t->path);
	free(t);
}

static char *copied(duckdb_value v) {
	char *text = duckdb_get_varchar(v), *copy = text == NULL ? NULL : strdup(text);
	duckdb_free(text);
	return copy;
}

static char *child(duckdb_value list, idx_t i) {
	duckdb_value v = duckdb_get_list_child(list, i);
	char *text = copied(v);
	duckdb_destroy_value(&v);
	return text;
}

static uint8_t sign(duckdb_value v) {
	char *text = copied(v);
	uint8_t c = text == NULL ? 0 : (uint8_t)text[0];
	free(text);
	return c;
}

static const char *nulls_of(struct layout *l, duckdb_value list) {
	idx_t n = duckdb_get_list_size(list);
	l->null = calloc(n + 1, sizeof *l->null);
	l->null_length = calloc(n + 1, sizeof *l->null_length);
	if (l->null == NULL || l->null_length == NULL)
		return "there is no memory";
	for (idx_t i = 0; i < n; i++) {
		char *text = child(list, i);
		if (text == NULL)
			return "there is no memory";
		if (text[0] == 0) {
			l->empty_is_null = true;
			free(text);
			continue;
		}
		l->null[l->nulls] = text;
		l->null_length[l->nulls++] = strlen(text);
	}
	return NULL;
}

static const char *columns_of(struct layout *l, duckdb_bind_info info, duckdb_value names, duckdb_value types) {
	l->columns = duckdb_get_list_size(names);
	l->column = calloc(l->columns + 1, sizeof *l->column);
	if (l->column == NULL)
		return "there is no memory";
	if (l->columns == 0 || duckdb_get_list_size(types) != l->columns)
		return "the columns and the types are not as many";
	for (idx_t i = 0; i < l->columns; i++) {
		char *name = child(names, i), *type = child(types, i);
		bool known = name != NULL && type != NULL && kind_of(type, l->column + i);
		if (known) {
			duckdb_logical_type logical = type_of(l->column + i);
			duckdb_bind_add_result_column(info, name, logical);
			duckdb_destroy_logical_type(&logical);
		}
		free(name);
		free(type);
		if (!known)
			return "a type is not known";
	}
	return NULL;
}

static void bind(duckdb_bind_info info) {
	struct table *t = calloc(1, sizeof *t);
	if (t == NULL) {
		duckdb_bind_set_error(info, "CSV Error: there is no memory");
		return;
	}
	duckdb_value given[PARAMETERS];
	for (idx_t i = 0; i < PARAMETERS; i++)
		given[i] = duckdb_bind_get_parameter(info, i);
	t->reach = duckdb_bind_get_extra_info(info);
	char *path = copied(given[PATH]);
	t->path = path == NULL ? NULL : reach_path(t->reach, path);
	free(path);
	t->header = duckdb_get_bool(given[HEADER]);
	t->layout.delim = sign(given[DELIM]);
	t->layout.quote = sign(given[QUOTE]);
	const char *why = NULL;
	if (t->path == NULL)
		why = "CSV Error: the file is not one that may be read";
	else if (t->layout.delim == 0 || t->layout.quote == 0)
		why = "CSV Error: a delimiter and a quote are needed";
	if (why == NULL)
		why = nulls_of(&t->layout, given[NULLS]);
	if (why == NULL)
		why = columns_of(&t->layout, info, given[COLUMNS], given[TYPES]);
	duckdb_bind_set_cardinality(info, (idx_t)duckdb_get_int64(given[ROWS]), false);
	for (idx_t i = 0; i < PARAMETERS; i++)
		duckdb_destroy_value(&given[i]);
	if (why != NULL) {
		duckdb_bind_set_error(info, why);
		table_free(t);
		return;
	}
	duckdb_bind_set_bind_data(info, t, table_free);
}

static void reading_free(void *reading) {
	struct reading *r = reading;
	if (r->scan != NULL)
		scan_close(r->scan);
	free(r->column);
	free(r);
}

// A small file is read by one thread, in its order, as DuckDB reads it.
enum { bytes_of_thread = 8 << 20 };

static void init(duckdb_init_info info) {
	const struct table *t = duckdb_init_get_bind_data(info);
	struct reading *r = calloc(1, sizeof *r);
	const char *why = "there is no memory";
	if (r == NULL || (r->column = calloc(duckdb_init_get_column_count(info) + 1, sizeof *r->column)) == NULL ||
		(r->scan = scan_open(&t->layout, t->path, t->header, t->reach, &why)) == NULL) {
		char message[256];
		snprintf(message, sizeof message, "CSV Error: %s", why);
		duckdb_init_set_error(info, message);
		if (r != NULL)
			reading_free(r);
		return;
	}
	r->table = t;
	r->columns = duckdb_init_get_column_count(info);
	for (idx_t i = 0; i < r->columns; i++)
		r->column[i] = duckdb_init_get_column_index(info, i);
	duckdb_init_set_max_threads(info, 1 + (idx_t)scan_size(r->scan) / bytes_of_thread);
	duckdb_init_set_init_data(info, r, reading_free);
}

static void unit_destroy(void *u) {
	unit_free(u);
	free(u);
}

static void begin(duckdb_init_info info) {
	struct unit *u = calloc(1, sizeof *u);
	if (u == NULL) {
		duckdb_init_set_error(info, "CSV Error: there is no memory");
		return;
	}
	duckdb_init_set_init_data(info, u, unit_destroy);
}

static uint64_t *nullable(void *vector) {
	duckdb_vector_ensure_validity_writable(vector);
	return duckdb_vector_get_validity(vector);
}

static void put(void *vector, size_t at, const char *text, size_t length) {
	duckdb_unsafe_vector_assign_string_element_len(vector, at, text, length);
}

static void failed(duckdb_function_info info, duckdb_data_chunk out, const char *why) {
	char message[256];
	snprintf(message, sizeof message, "CSV Error: %s", why);
	duckdb_function_set_error(info, message);
	duckdb_data_chunk_set_size(out, 0);
}

static void next(duckdb_function_info info, duckdb_data_chunk out) {
	const struct reading *r = duckdb_function_get_init_data(info);
	const struct layout *l = &r->table->layout;
	struct unit *u = duckdb_function_get_local_init_data(info);
	const char *why;
	if (u->next == u->records && (why = scan_next(r->scan, u)) != NULL) {
		failed(info, out, why);
		return;
	}
	size_t records = u->records - u->next;
	if (records > duckdb_vector_size())
		records = duckdb_vector_size();
	for (size_t i = 0; i < r->columns; i++) {
		if (r->column[i] >= l->columns) // only the number of rows is asked for
			continue;
		duckdb_vector v = duckdb_data_chunk_get_vector(out, i);
		struct sink s = {.data = duckdb_vector_get_data(v), .to = v, .nullable = nullable, .put = put};
		if ((why = unit_convert(l, u, r->column[i], u->next, records, &s)) != NULL) {
			failed(info, out, why);
			return;
		}
	}
	u->next += records;
	duckdb_data_chunk_set_size(out, records);
}

int plaincsv_register(void *connection, const char *name, struct reach *r) {
	duckdb_table_function f = duckdb_create_table_function();
	duckdb_table_function_set_name(f, name);
	duckdb_logical_type text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR), whole = duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
	duckdb_logical_type truth = duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN), list = duckdb_create_list_type(text);
	duckdb_logical_type types[PARAMETERS] = {[PATH] = text, [DELIM] = text, [QUOTE] = text, [HEADER] = truth, [ROWS] = whole, [COLUMNS] = list, [TYPES] = list, [NULLS] = list};
	for (idx_t i = 0; i < PARAMETERS; i++)
		duckdb_table_function_add_parameter(f, types[i]);
	duckdb_destroy_logical_type(&text);
	duckdb_destroy_logical_type(&whole);
	duckdb_destroy_logical_type(&truth);
	duckdb_destroy_logical_type(&list);
	duckdb_table_function_set_extra_info(f, r, reach_free);
	duckdb_table_function_set_bind(f, bind);
	duckdb_table_function_set_init(f, init);
	duckdb_table_function_set_local_init(f, begin);
	duckdb_table_function_set_function(f, next);
	duckdb_table_function_supports_projection_pushdown(f, true);
	int state = duckdb_register_table_function(connection, f);
	duckdb_destroy_table_function(&f);
	return state;
}
