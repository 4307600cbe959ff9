/*
 * threads.c - POSIX threads: creation, locks, conditions, thread-local
 * storage, cancellation.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS = 6, ROUNDS = 3000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static sem_t items;
static _Thread_local int mine = 5;
static long counter, turn, destroyed;
static atomic_long atomic_counter;

static void destroy(void *value)
{
    (void)value;
    pthread_mutex_lock(&lock);
    destroyed++;
    pthread_mutex_unlock(&lock);
}

static void make_key(void)
{
    pthread_key_create(&key, destroy);
    printf("once\n");
}

static void *count(void *argument)
{
    long n = (long)argument;

    pthread_once(&once, make_key);
    pthread_setspecific(key, argument);
    mine += (int)n;
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&lock);
        counter++;
        pthread_mutex_unlock(&lock);
        atomic_fetch_add(&atomic_counter, 1);
        if (i % 500 == 0)
            sched_yield();
    }
    return (void *)(long)mine;
}

/* Threads take turns. */
static void *rotate(void *argument)
{
    long n = (long)argument;

    for (int i = 0; i < 50; i++) {
        pthread_mutex_lock(&lock);
        while (turn % THREADS != n)
            pthread_cond_wait(&changed, &lock);
        turn++;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void *consume(void *argument)
{
    for (int i = 0; i < 100; i++)
        sem_wait(&items);
    return argument;
}

static void *sleep_forever(void *argument)
{
    for (;;)
        pause();
    return argument;
}

static long all(void *(*function)(void *))
{
    pthread_t t[THREADS];
    long sum = 0;

    for (long i = 0; i < THREADS; i++)
        if (pthread_create(&t[i], NULL, function, (void *)i) != 0)
            return -1;
    for (long i = 0; i < THREADS; i++) {
        void *result;

        pthread_join(t[i], &result);
        sum += (long)result;
    }
    return sum;
}

static void timeouts(void)
{
    struct timespec past = {1, 0};

    pthread_mutex_lock(&lock);
    printf("timed out: %d\n",
           pthread_cond_timedwait(&changed, &lock, &past) == ETIMEDOUT);
    pthread_mutex_unlock(&lock);
}

static void cancelled(void)
{
    pthread_t t;
    void *result;

    pthread_create(&t, NULL, sleep_forever, NULL);
    pthread_cancel(t);
    pthread_join(t, &result);
    printf("cancelled: %d\n", result == PTHREAD_CANCELED);
}

int main(void)
{
    pthread_t consumer;
    void *result;

    pthread_barrier_init(&barrier, NULL, THREADS);
    printf("sum %ld", all(count));
    printf(" counter %ld %ld destroyed %ld mine %d\n", counter,
           atomic_load(&atomic_counter), destroyed, mine);
    printf("rotate: %ld", all(rotate));
    printf(" turn %ld\n", turn);
    sem_init(&items, 0, 0);
    pthread_create(&consumer, NULL, consume, &items);
    for (int i = 0; i < 100; i++)
        sem_post(&items);
    pthread_join(consumer, &result);
    printf("semaphore: %d\n", result == &items);
    timeouts();
    cancelled();
    fflush(stdout);
    pthread_create(&consumer, NULL, sleep_forever, NULL);
    exit(4); /* with a thread still there */
}
