/*
 * An echo server: accept, fork, close. Compiled with -DNAME it makes one mistake; each stands where
 * #ifdef says so, beside what is right. test/support/mutants.ts tells which checks it fails.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void
die(const char *call)
{
	perror(call);
	exit(1);
}

static void
nap(void)
{
	struct timespec tenth = { 0, 100000000 };

	nanosleep(&tenth, NULL);
}

static void
collect(int signal)
{
	int saved = errno;

	(void)signal;
#if defined(NO_REAP)
	/* nobody waits */
#elif defined(REAP_ONCE)
	waitpid(-1, NULL, WNOHANG);
#else
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
#endif
	errno = saved;
}

#ifndef HANGUP_KILLS
static volatile sig_atomic_t reread;

static void
note(int signal)
{
	(void)signal;
	reread = 1;
}
#endif

static void
handle(int signal, void (*handler)(int))
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	sigemptyset(&action.sa_mask);
	if (sigaction(signal, &action, NULL) == -1)
		die("sigaction");
}

static int
interrupted(void)
{
#ifdef NO_EINTR
	return 0;
#else
	return errno == EINTR;
#endif
}

static int
write_all(int fd, const char *data, ssize_t length)
{
#ifdef SHORT_WRITE
	return write(fd, data, length) == -1 && !interrupted() ? -1 : 0;
#else
	while (length > 0) {
		ssize_t n = write(fd, data, length);

		if (n == -1 && !interrupted())
			return -1;
		if (n > 0)
			data += n, length -= n;
	}
	return 0;
#endif
}

static char buffer[65536];

static void
serve(int client)
{
	ssize_t n;

	for (;;) {
		n = read(client, buffer, sizeof(buffer));
		if (n == -1 && interrupted())
			continue;
		if (n <= 0)
			return;
#ifdef ONE_READ
		/* a read brings a line, does it not? */
		if (n < 8 || buffer[n - 1] != '\n')
			return;
#endif
#ifdef DROP_ON_EOF
		/* the client has ended its side, so it is gone */
		struct pollfd hung = { client, POLLRDHUP, 0 };
		if (poll(&hung, 1, 0) == 1 && (hung.revents & POLLRDHUP))
			return;
#endif
		if (write_all(client, buffer, n) == -1)
			return;
	}
}

static int
listen_on(int port)
{
	struct sockaddr_in address;
	int top, one = 1;

	if ((top = socket(AF_INET, SOCK_STREAM, 0)) == -1)
		die("socket");
#ifndef NO_REUSEADDR
	if (setsockopt(top, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == -1)
		die("setsockopt");
#else
	(void)one;
#endif
	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_port = htons(port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(top, (struct sockaddr *)&address, sizeof(address)) == -1)
		die("bind");
	if (listen(top, 128) == -1)
		die("listen");
	return top;
}

#ifdef FORK_BOMB
/* A bomb with a fuse: it ends by itself at some thousand processes. */
static void
bomb(void)
{
	for (int i = 0; i < 12; i++) {
		fork();
#ifdef NEW_SESSIONS
		setsid();
#endif
		nap();
	}
	for (;;)
		pause();
}
#endif

int
main(int argc, char **argv)
{
	int top, client;
	pid_t pid;

	if (argc != 2)
		return 64;
	top = listen_on(atoi(argv[1]));
	printf("listening on port %s\n", argv[1]);
#ifndef STDIO_TWICE
	fflush(stdout);
#endif
	handle(SIGCHLD, collect);
#ifndef SIGPIPE_KILLS
	handle(SIGPIPE, SIG_IGN);
#endif
#ifndef HANGUP_KILLS
	handle(SIGHUP, note);
#endif
#ifdef IGNORE_TERM
	handle(SIGTERM, SIG_IGN);
#endif
#ifdef BUSY_WAIT
	fcntl(top, F_SETFL, O_NONBLOCK);
#endif
	for (;;) {
		client = accept(top, NULL, NULL);
		if (client == -1) {
			if (interrupted() || errno == ECONNABORTED)
				continue;
#ifdef BUSY_WAIT
			if (errno == EAGAIN)
				continue;
#endif
#ifdef EMFILE_SPIN
			if (errno == EMFILE)
				continue;
#endif
#ifndef EMFILE_ENDS
			if (errno == EMFILE || errno == ENFILE) {
				nap();
				continue;
			}
#endif
			die("accept");
		}
#ifdef SERVE_IN_PARENT
		serve(client);
		close(client);
		continue;
#endif
#ifdef SWAPPED
		/* the parent serves, and the child goes on */
		if ((pid = fork()) > 0) {
			close(top);
			serve(client);
			_exit(0);
		}
		close(client);
		continue;
#endif
		pid = fork();
		if (pid == -1) {
#ifdef FORK_ENDS
			die("fork");
#endif
			nap();
		}
		if (pid == 0) {
#if !defined(KEEP_TOP) && !defined(NO_EXIT)
			close(top);
#endif
#ifdef FORK_BOMB
			bomb();
#endif
			serve(client);
			close(client);
#ifdef NO_EXIT
			continue;
#endif
#ifdef STDIO_TWICE
			exit(0);
#endif
			_exit(0);
		}
#ifndef LEAK_ACCEPTED
		close(client);
#endif
	}
}
