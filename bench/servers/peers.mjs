// The servers that truefork is compared with, other than those of Node. Each does the same: it
// sends back whatever comes, to each client from 127.0.0.1.
import { spawnSync } from 'node:child_process'
import { delimiter, join } from 'node:path'

const peer = name => join(import.meta.dirname, '../peers', name)

// Where daemons lie, which the PATH of an ordinary user does not name.
const PATH = [process.env.PATH, '/usr/sbin', '/usr/local/sbin'].join(delimiter)

// The first line in which a program tells its version; undefined where it cannot be started.
function ask(command, pattern = /.*\d.*/) {
  const [file, ...args] = command
  const { status, stdout, stderr } = spawnSync(file, args, {
    encoding: 'utf8',
    env: { ...process.env, PATH },
  })
  if (status === null) return undefined
  return `${stdout}\n${stderr}`
    .split('\n')
    .find(line => pattern.test(line))
    ?.trim()
}

const compiler = () => ask(['cc', '--version'])

// Of each: `name`, what `--only` takes; `design`, by the names of UNP, chapter 30; `version`, or
// undefined if it is not installed; `needs`, what to install; `command`, which gets the port, how
// many clients at once there may be, and the folder of the compiled programs; `holds`, how many idle
// clients it can have at most.
/** @type {import('./table.mjs').Server[]} */
export const peers = [
  {
    name: 'c-fork',
    label: 'C, fork for each client',
    design: 'fork',
    needs: 'a C compiler',
    version: compiler,
    command: ({ port, folder }) => [join(folder, 'fork'), port],
  },
  {
    name: 'c-iterative',
    label: 'C, one client after the other',
    design: 'iterative',
    holds: 1,
    needs: 'a C compiler',
    version: compiler,
    command: ({ port, folder }) => [join(folder, 'iterative'), port],
  },
  {
    name: 'c-prefork',
    label: 'C, 8 children that accept',
    design: 'prefork',
    holds: 8,
    needs: 'a C compiler',
    version: compiler,
    command: ({ port, folder }) => [join(folder, 'prefork'), port, 8],
  },
  {
    name: 'tcpserver',
    label: 'tcpserver + cat',
    design: 'fork-exec',
    needs: 'ucspi-tcp',
    version: () => (ask(['tcpserver'], /^tcpserver: usage/) ? 'ucspi-tcp' : undefined),
    command: ({ port, limit }) => [
      'tcpserver',
      '-H',
      '-R',
      '-l',
      '0',
      '-b',
      511,
      '-c',
      limit,
      '127.0.0.1',
      port,
      'cat',
    ],
  },
  {
    name: 'php',
    label: 'PHP, pcntl loop',
    design: 'fork',
    needs: 'php-cli with pcntl and sockets',
    version: () =>
      ask(['php', '-m'], /^pcntl$/) && ask(['php', '-m'], /^sockets$/) && ask(['php', '--version']),
    command: ({ port }) => ['php', peer('fork.php'), port],
  },
  {
    name: 'python',
    label: 'Python, ForkingTCPServer',
    design: 'fork',
    needs: 'python3',
    version: () => ask(['python3', '--version'], /^Python 3/),
    command: ({ port, limit }) => ['python3', peer('forking.py'), port, limit],
  },
  {
    name: 'socat',
    label: 'socat fork EXEC:cat',
    design: 'fork-exec',
    needs: 'socat',
    version: () => ask(['socat', '-V'], /^socat version/),
    command: ({ port }) => [
      'socat',
      `TCP-LISTEN:${port},bind=127.0.0.1,reuseaddr,backlog=511,fork`,
      'EXEC:cat',
    ],
  },
  {
    name: 'xinetd',
    label: 'xinetd + cat',
    design: 'fork-exec',
    needs: 'xinetd',
    version: () => ask(['xinetd', '-version'])?.replace(/^(?=\d)/, 'xinetd '),
    command: ({ port, folder }) => ['sh', peer('xinetd.sh'), port, folder],
  },
  ...['Fork', 'PreFork'].map(personality => ({
    name: `perl-${personality.toLowerCase()}`,
    label: `Perl, Net::Server::${personality}`,
    design: personality.toLowerCase(),
    needs: 'libnet-server-perl',
    version: () => ask(['perl', `-MNet::Server::${personality}`, '-e', versionOfPerl], /^perl/),
    command: ({ port, limit }) => ['perl', peer('net-server.pl'), port, limit, personality],
  })),
  {
    name: 'ruby',
    label: 'Ruby loop',
    design: 'fork',
    needs: 'ruby',
    version: () => ask(['ruby', '--version'], /^ruby/),
    command: ({ port }) => ['ruby', peer('fork.rb'), port],
  },
]

const versionOfPerl = 'printf "perl %vd, Net::Server %s\\n", $^V, $Net::Server::VERSION'
