long native_resident(void);
int native_install(void);
void native_limit(long bytes);
long native_refused(void);
void native_look(long *used, long *held);
void native_tidy(void);
