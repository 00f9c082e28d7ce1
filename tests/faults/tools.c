#include <err.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "faults.h"

const char *path_of(const char *format, ...)
{
	static char buffers[8][512];
	static unsigned next;
	char *buffer = buffers[next++ % 8];
	va_list arguments;

	va_start(arguments, format);
	if (vsnprintf(buffer, sizeof(buffers[0]), format, arguments) >= (int)sizeof(buffers[0]))
		errx(BROKEN, "a path is too long");
	va_end(arguments);
	return buffer;
}

size_t read_stream(int fd, char *buffer, size_t size)
{
	size_t length = 0;
	ssize_t count;

	while ((count = read(fd, buffer + length, size - 1 - length)) > 0)
		length += (size_t)count;
	close(fd);
	buffer[length] = '\0';
	return length;
}

void write_file(const char *path, const char *text)
{
	size_t length = strlen(text);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, length) != (ssize_t)length)
		err(BROKEN, "%s", path);
	close(fd);
}
