// The chat server: it serves each client for hours, in a process of its own, and yet they all talk to
// each other. A sequential server could not; here the processes speak through the hub.
//
//   truefork serve examples/chat.ts --hub --max-children 1000
//   nc 127.0.0.1 7777             or telnet, in two other terminals; then say something, or /help
import type { Connection, Hub, HubEvent } from 'truefork'

const help = `* what you type, all in the room read
* /join ROOM   go to another room      /who             who is here?
* /nick NAME   have another name       /msg NAME TEXT   tell one alone
* /quit        say good bye
`
const remembered = 20
const longest = 1000

export default function chat(connection: Connection): void {
  const guest = new Guest(connection)
  if (!guest.introduceYourself()) return
  guest.enter('lobby')
  for (;;) {
    // Whoever speaks first, the client or the others, is heard first.
    switch (connection.wait({ until: 'line' })) {
      case 'client':
        if (!guest.obey(connection.readLine())) return
        break
      case 'hub':
        guest.tell(connection.hub.next() as HubEvent)
        break
      case 'draining':
        connection.write('* the server is about to stop: finish what you have to say\n')
    }
  }
}

class Guest {
  readonly #connection: Connection
  readonly #hub: Hub
  #room = ''

  constructor(connection: Connection) {
    this.#connection = connection
    this.#hub = connection.hub
  }

  #say(line: string): void {
    this.#connection.write(`${line}\n`)
  }

  /** False: the client has gone. */
  introduceYourself(): boolean {
    this.#say('* Welcome. What is your name?')
    for (;;) {
      const name = this.#connection.readLine()
      if (name === null) return false
      if (this.#take(cleaned(name))) return true
    }
  }

  #take(name: string): boolean {
    if (!isWord(name)) this.#say('* a name has 1 to 20 letters, digits, - or _. What is yours?')
    else if (!this.#hub.claim(name)) this.#say(`* ${name} is here already. Another name?`)
    else return true
    return false
  }

  enter(room: string): void {
    if (this.#room !== '') this.#hub.unsubscribe(this.#room)
    this.#room = room
    const { history, members } = this.#hub.subscribe(room, { history: remembered })
    for (const { from, message } of history) this.#say(`${from.name}: ${message}`)
    const others = members.map(({ name }) => name).join(', ')
    this.#say(`* you are in ${room}, with ${others || 'nobody yet'}. /help tells more`)
  }

  /** False: it was the last thing that the client had to say. */
  obey(line: string | null): boolean {
    if (line === null) return false
    const text = cleaned(line)
    const [, command, argument = ''] = /^\/(\w*)\s*(.*)$/.exec(text) ?? []
    if (command === undefined) {
      if (text !== '') this.#hub.publish(this.#room, text)
    } else if (command === 'join' && isWord(argument)) this.enter(argument)
    else if (command === 'who') this.#showWho()
    else if (command === 'nick') {
      if (this.#take(argument)) this.#say(`* you are ${argument}`)
    } else if (command === 'msg') this.#whisper(argument)
    else if (command === 'quit') return false
    else this.#connection.write(help)
    return true
  }

  #showWho(): void {
    const names = this.#hub.members(this.#room).map(({ name }) => name)
    this.#say(`* in ${this.#room}: ${names.join(', ')}`)
  }

  #whisper(argument: string): void {
    const [, name = '', text = ''] = /^(\S+)\s+(.+)$/.exec(argument) ?? []
    if (name === '') this.#say('* /msg NAME TEXT')
    else if (!this.#hub.send(name, text)) this.#say(`* ${name} is not here`)
  }

  /** What the others have said or done. */
  tell(event: HubEvent): void {
    // What was on its way from the room that has just been left.
    if ('topic' in event && event.topic !== this.#room) return
    this.#say(inWords(event))
  }
}

function inWords(event: HubEvent): string {
  switch (event.kind) {
    case 'message':
      return `${event.from.name}: ${event.message}`
    case 'private':
      return `${event.from.name} (to you alone): ${event.message}`
    case 'joined':
      return `* ${event.member.name} has come`
    case 'left':
      return `* ${event.member.name} ${event.lost ? 'was lost' : 'has left'}`
    case 'renamed':
      return `* ${event.before} is now ${event.member.name}`
    case 'missed':
      return `* you read too slowly: ${event.count} messages are missing here`
    case 'restarted':
      return '* something has broken and was mended; some messages may be missing'
  }
}

const isWord = (text: string) => /^[\p{L}\p{N}_-]{1,20}$/u.test(text)

// No control characters: they would make other people's terminals do things. Those of telnet's
// negotiation are no UTF-8, and have become U+FFFD.
const cleaned = (line: string) =>
  line
    .replace(/[\p{Cc}\p{Cf}\uFFFD]/gu, '')
    .trim()
    .slice(0, longest)
