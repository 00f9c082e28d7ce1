/* Linked into the program that is tested with sanitizers end to end: there it has no environment to take options from.
 * Leaks are the units' business: to look for them needs ptrace, which a process that stepped down is closed to. */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0:detect_stack_use_after_return=1:check_initialization_order=1:"
	       "exitcode=99";
}

const char *__ubsan_default_options(void)
{
	return "halt_on_error=1:print_stacktrace=1:exitcode=99";
}
