// The part of DuckDB's stable C interface that a table function needs. The header that DuckDB comes with is in a folder of another
// module, of which a build does not know where it is.
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef uint64_t idx_t;
typedef void *duckdb_connection;
typedef void *duckdb_table_function;
typedef void *duckdb_logical_type;
typedef void *duckdb_value;
typedef void *duckdb_vector;
typedef void *duckdb_data_chunk;
typedef void *duckdb_bind_info;
typedef void *duckdb_init_info;
typedef void *duckdb_function_info;
typedef void (*duckdb_delete_callback_t)(void *);

enum {
	DUCKDB_TYPE_BOOLEAN = 1,
	DUCKDB_TYPE_BIGINT = 5,
	DUCKDB_TYPE_DOUBLE = 11,
	DUCKDB_TYPE_TIMESTAMP = 12,
	DUCKDB_TYPE_DATE = 13,
	DUCKDB_TYPE_TIME = 14,
	DUCKDB_TYPE_VARCHAR = 17,
	DUCKDB_TYPE_TIMESTAMP_TZ = 31,
};

duckdb_table_function duckdb_create_table_function(void);
void duckdb_destroy_table_function(duckdb_table_function *f);
void duckdb_table_function_set_name(duckdb_table_function f, const char *name);
void duckdb_table_function_add_parameter(duckdb_table_function f, duckdb_logical_type type);
void duckdb_table_function_set_extra_info(duckdb_table_function f, void *extra, duckdb_delete_callback_t destroy);
void duckdb_table_function_set_bind(duckdb_table_function f, void (*bind)(duckdb_bind_info));
void duckdb_table_function_set_init(duckdb_table_function f, void (*init)(duckdb_init_info));
void duckdb_table_function_set_local_init(duckdb_table_function f, void (*init)(duckdb_init_info));
void duckdb_table_function_set_function(duckdb_table_function f, void (*function)(duckdb_function_info, duckdb_data_chunk));
void duckdb_table_function_supports_projection_pushdown(duckdb_table_function f, bool pushdown);
int duckdb_register_table_function(duckdb_connection connection, duckdb_table_function f);

void *duckdb_bind_get_extra_info(duckdb_bind_info info);
duckdb_value duckdb_bind_get_parameter(duckdb_bind_info info, idx_t index);
void duckdb_bind_add_result_column(duckdb_bind_info info, const char *name, duckdb_logical_type type);
void duckdb_bind_set_bind_data(duckdb_bind_info info, void *data, duckdb_delete_callback_t destroy);
void duckdb_bind_set_cardinality(duckdb_bind_info info, idx_t cardinality, bool is_exact);
void duckdb_bind_set_error(duckdb_bind_info info, const char *error);

void *duckdb_init_get_bind_data(duckdb_init_info info);
void *duckdb_init_get_extra_info(duckdb_init_info info);
void duckdb_init_set_init_data(duckdb_init_info info, void *data, duckdb_delete_callback_t destroy);
idx_t duckdb_init_get_column_count(duckdb_init_info info);
idx_t duckdb_init_get_column_index(duckdb_init_info info, idx_t index);
void duckdb_init_set_max_threads(duckdb_init_info info, idx_t threads);
void duckdb_init_set_error(duckdb_init_info info, const char *error);

void *duckdb_function_get_bind_data(duckdb_function_info info);
void *duckdb_function_get_init_data(duckdb_function_info info);
void *duckdb_function_get_local_init_data(duckdb_function_info info);
void duckdb_function_set_error(duckdb_function_info info, const char *error);

duckdb_logical_type duckdb_create_logical_type(int type);
duckdb_logical_type duckdb_create_list_type(duckdb_logical_type type);
duckdb_logical_type duckdb_create_decimal_type(uint8_t width, uint8_t scale);
void duckdb_destroy_logical_type(duckdb_logical_type *type);

bool duckdb_get_bool(duckdb_value value);
int64_t duckdb_get_int64(duckdb_value value);
char *duckdb_get_varchar(duckdb_value value);
idx_t duckdb_get_list_size(duckdb_value value);
duckdb_value duckdb_get_list_child(duckdb_value value, idx_t index);
void duckdb_destroy_value(duckdb_value *value);
void duckdb_free(void *text);

idx_t duckdb_vector_size(void);
void *duckdb_vector_get_data(duckdb_vector vector);
uint64_t *duckdb_vector_get_validity(duckdb_vector vector);
void duckdb_vector_ensure_validity_writable(duckdb_vector vector);
void duckdb_unsafe_vector_assign_string_element_len(duckdb_vector vector, idx_t index, const char *text, idx_t length);
duckdb_vector duckdb_data_chunk_get_vector(duckdb_data_chunk chunk, idx_t column);
void duckdb_data_chunk_set_size(duckdb_data_chunk chunk, idx_t size);
