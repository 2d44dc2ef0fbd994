/*
 * Preloaded into the programs of a second build: the wall clock is 398 days, 6 hours and 23 minutes ahead
 * (another year, month, day, weekday, hour and minute). File times stay the kernel's. Links nothing, so that
 * any C library can load it; what it calls is found there.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SHIFT (398 * 86400L + 6 * 3600 + 23 * 60)
/* A time since the epoch is larger than this, one since the start of the machine smaller. */
#define EPOCH_LIKE 1000000000L

int clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = syscall(SYS_clock_gettime, clock, now);
	if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI))
		now->tv_sec += SHIFT;
	return result;
}

time_t time(time_t *at)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (at)
		*at = now.tv_sec;
	return now.tv_sec;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (at) {
		at->tv_sec = now.tv_sec;
		at->tv_usec = now.tv_nsec / 1000;
	}
	return 0;
}

int timespec_get(struct timespec *at, int base)
{
	return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, at) == 0 ? base : 0;
}

/* Whoever waits until a time has computed it from our clock; the kernel goes by its own. */
static struct timespec real(const struct timespec *until)
{
	struct timespec shifted = *until;
	if (shifted.tv_sec > EPOCH_LIKE)
		shifted.tv_sec -= SHIFT;
	return shifted;
}

int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
			   const struct timespec *restrict until)
{
	int (*next)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *) =
		dlsym(RTLD_NEXT, "pthread_cond_timedwait");
	struct timespec at = real(until);
	return next(cond, mutex, &at);
}

int pthread_cond_clockwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex, clockid_t clock,
			   const struct timespec *restrict until)
{
	int (*next)(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *) =
		dlsym(RTLD_NEXT, "pthread_cond_clockwait");
	struct timespec at = real(until);
	return next(cond, mutex, clock, &at);
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict until)
{
	int (*next)(pthread_mutex_t *, const struct timespec *) = dlsym(RTLD_NEXT, "pthread_mutex_timedlock");
	struct timespec at = real(until);
	return next(mutex, &at);
}

int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict until)
{
	int (*next)(sem_t *, const struct timespec *) = dlsym(RTLD_NEXT, "sem_timedwait");
	struct timespec at = real(until);
	return next(sem, &at);
}
