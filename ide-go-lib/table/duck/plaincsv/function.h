#include "scan.h"

// plaincsv_register adds the function to an instance of DuckDB; r is given away. It is 0 when it could.
int plaincsv_register(void *connection, const char *name, struct reach *r);

// kind_of reads the name of a type into a column; false when there is none such.
bool kind_of(const char *type, struct column *c);
