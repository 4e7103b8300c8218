import type { Check } from '../check.ts'

export const answer: Check = {
  name: 'answer',
  asks: 'is one client answered?',
  why: 'Without an answer nothing else can be asked: look whether the server speaks the protocol, which --talk describes.',
  read: ['UNP 5.2', 'TLPI 60.3', 'Handbook, Essential Socket Functions'],
  async run(judge) {
    const client = await judge.clients.served()
    await judge.clients.ask(client)
    return 'a client was greeted and answered as agreed'
  },
}
