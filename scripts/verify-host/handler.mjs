// The server under test: a question a line, an answer a line.
import { randomUUID } from 'node:crypto'

const answers = {
  who: () => `${process.pid} ${process.ppid}`,
  word: ({ settings }) => settings.word ?? 'none',
  random: () => `${Math.random()} ${randomUUID()}`,
  ids: () => `${process.getuid()} ${process.geteuid()} ${process.getgid()}`,
  crash: () => process.kill(process.pid, 'SIGSEGV'),
}

export default connection => {
  for (let line = connection.readLine(); line !== null; line = connection.readLine()) {
    if (line === 'quit') return 0
    connection.write(`${answers[line]?.(connection) ?? line}\n`)
  }
}
