<?php
// The loop of the text with pcntl: accept, fork, close. PHP has no _exit(2): every child takes the
// whole interpreter down, extension by extension.
//   php fork.php PORT
$top = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_set_option($top, SOL_SOCKET, SO_REUSEADDR, 1);
if (!socket_bind($top, '127.0.0.1', (int) $argv[1]) || !socket_listen($top, 511)) {
    exit(71);
}
pcntl_async_signals(true);
pcntl_signal(SIGCHLD, function () {
    while (pcntl_waitpid(-1, $status, WNOHANG) > 0);
});

while (true) {
    $client = @socket_accept($top);
    if ($client === false) {
        continue; // interrupted by SIGCHLD
    }
    $pid = pcntl_fork();
    if ($pid === 0) {
        socket_close($top);
        while (($chunk = socket_read($client, 65536)) !== false && $chunk !== '') {
            for ($done = 0; $done < strlen($chunk);) {
                $written = socket_write($client, substr($chunk, $done));
                if ($written === false) {
                    exit(1);
                }
                $done += $written;
            }
        }
        socket_close($client);
        exit(0);
    }
    socket_close($client);
}
