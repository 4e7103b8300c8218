import { type Check, Failed } from '../check.ts'
import { privateMemory } from '../processes.ts'

const COUNT = 3

export const idle: Check = {
  name: 'idle',
  asks: 'does the server sleep while its clients are silent?',
  why: 'Whoever asks again and again instead of waiting in a call takes a processor away from those who have work for it.',
  read: ['accept(2)', 'poll(2)', 'UNP 6.2', 'TLPI 63.1'],
  needs: ['concurrency'],
  async run(judge) {
    const pids: number[] = []
    for (let i = 0; i < COUNT; i++) {
      const client = await judge.clients.served()
      pids.push(...((await judge.processes.serversOf(client)) ?? []))
    }
    if ((await judge.lull()) === 'busy') {
      throw new Failed(`with ${COUNT} silent clients the server never slept`)
    }
    const sizes = pids.map(privateMemory).filter(size => size !== undefined)
    const memory =
      sizes.length > 0 ? `; the memory of a server process's own was ${Math.max(...sizes)} kB` : ''
    return `with ${COUNT} silent clients all processes slept${memory}`
  },
}
