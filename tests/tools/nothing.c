/* The command of a start whose cost is measured. */
int main(void)
{
	return 0;
}
