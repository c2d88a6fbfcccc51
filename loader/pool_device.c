// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "pool_device.h"
#include "util.h"

bool pool_is_device(const char *file)
{
	struct stat status;

	return !stat(file, &status) && S_ISCHR(status.st_mode);
}

int pool_device_open(const char *file, bool write)
{
	int fd = open(file, (write ? O_RDWR : O_RDONLY) | O_CLOEXEC);

	if (fd < 0)
		complain("cannot open %s: %s", file, strerror(errno));
	return fd;
}

const char *pool_device_explain(int error)
{
	switch (error) {
	case ENOTTY:
		return "this is not the device of a pool";
	case ENXIO:
		return "no pool is open on this device";
	case ENODEV:
		return "the device is gone";
	case EPERM:
		return "this needs CAP_SYS_ADMIN";
	default:
		return strerror(error);
	}
}

bool pool_device_info(int fd, const char *file, struct llfree_ioc_info *info)
{
	if (!ioctl(fd, LLFREE_IOC_INFO, info))
		return true;
	complain("%s: %s", file, pool_device_explain(errno));
	return false;
}

bool pool_device_ready(int fd, const char *file, struct llfree_ioc_info *info)
{
	if (!pool_device_info(fd, file, info))
		return false;
	if (info->state == LLFREE_POOL_OPEN)
		return true;
	complain("%s: %.*s", file, (int)sizeof(info->text), info->text);
	return false;
}
