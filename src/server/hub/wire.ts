// What members and the hub say to each other. Between them is a stream; a frame is the length of
// what follows, in 4 bytes, and a value in JSON.
import type { Pid } from '../../posix/types.ts'

/** A connection that takes part in the hub, as others see it. */
export interface Member {
  /** Of this member alone, for as long as the hub runs. */
  id: number
  /** What it has claimed; undefined if nothing. */
  name?: string
  /** Its server process. */
  pid: Pid
}

/** A message that was published on a topic. */
export interface Message {
  topic: string
  from: Member
  /** When the hub had it, in ms since 1970. */
  time: number
  /** Whatever JSON can say. */
  message: unknown
}

/** What a member hears. */
export type HubEvent =
  | ({ kind: 'message' } & Message)
  /** For this member alone. */
  | { kind: 'private'; from: Member; time: number; message: unknown }
  | { kind: 'joined'; topic: string; member: Member }
  /** `lost`: it has not said so; its process has thrown, or was killed. */
  | { kind: 'left'; topic: string; member: Member; lost: boolean }
  | { kind: 'renamed'; topic: string; member: Member; before?: string }
  /** This member has read too slowly: so many events are missing here. */
  | { kind: 'missed'; count: number }
  /** The hub had ended. Another one runs, and knows this member; what was said meanwhile is lost. */
  | { kind: 'restarted' }

/** What a member finds on a topic when it subscribes. */
export interface Subscription {
  /** The last messages, the oldest first. */
  history: Message[]
  /** Who is there, without oneself. */
  members: Member[]
}

export type Request =
  | { do: 'claim'; name: string }
  | { do: 'subscribe'; topic: string; history: number; quietly: boolean }
  | { do: 'unsubscribe'; topic: string }
  | { do: 'members'; topic: string }
  | { do: 'send'; to: number | string; message: unknown }
  | { do: 'publish'; topic: string; message: unknown }
  | { do: 'leave' }

/** To each request but the last two there is an answer, in order; the first is to the arrival: the id. */
export type Reply = HubEvent | { kind: 'answer'; value: unknown }

/** The longest request: what a member publishes, with its topic and all in JSON. */
export const longestRequest = 65_536

const head = 4

/** @param value what JSON can say */
export function frame(value: Request | Reply): Buffer {
  const text = JSON.stringify(value)
  const bytes = Buffer.allocUnsafe(head + Buffer.byteLength(text))
  bytes.writeUInt32LE(bytes.length - head)
  bytes.write(text, head)
  return bytes
}

/** Puts a stream together to frames again. */
export class Unframer {
  readonly #longest: number
  #rest: Buffer = Buffer.alloc(0)

  /** @param longest of a frame; who sends longer ones is not to be believed */
  constructor(longest = Number.POSITIVE_INFINITY) {
    this.#longest = longest
  }

  /**
   * @param bytes the next ones; they are not kept
   * @param take is called for each value that is complete
   * @throws RangeError, SyntaxError: these are no frames
   */
  push(bytes: Buffer, take: (value: unknown) => void): void {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    let start = 0
    while (all.length - start >= head) {
      const length = all.readUInt32LE(start)
      if (length > this.#longest) throw new RangeError(`a frame of ${length} bytes`)
      const end = start + head + length
      if (end > all.length) break
      take(JSON.parse(all.toString('utf8', start + head, end)))
      start = end
    }
    this.#rest = Buffer.from(all.subarray(start))
  }
}
