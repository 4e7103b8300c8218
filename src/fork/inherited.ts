// What the parent has in its event loop besides timers: sockets, servers, watchers, children, the
// channel to its own parent, signal listeners. The native part has taken the descriptors from
// under them; here the objects learn that they are done for, silently: no listener of the
// parent's runs in the child.
import { binding } from '../posix/binding.ts'

/** Of the objects that Node lists, what is used here. */
interface Owner {
  fd?: number
  _handle?: { fd?: number }
  _httpMessage?: { agent?: { requests: Record<string, unknown> } }
  postMessage?(): void
  bind?(): void
  listen?(): void
  removeAllListeners?(event?: string): void
  emit?(event: string): void
  destroy?(): void
  close?(): void
  stop?(): void
}

/**
 * In the parent: the signals that it listens to. Handlers of sigaction are kept, as fork(2) keeps
 * dispositions; an event of `process` is a thing of the parent's event loop.
 */
export function signalListeners(): string[] {
  return process
    .eventNames()
    .filter(name => typeof name === 'string' && name.startsWith('SIG')) as string[]
}

/** In the child, where the native part has silenced something of the parent's. */
export function dropInherited(): void {
  const owners = (process as unknown as { _getActiveHandles(): Owner[] })._getActiveHandles()
  binding.releaseInherited()
  for (const owner of owners) if (!isStandard(owner) && !owner.postMessage) drop(owner)
  leaveChannel()
  renewFetch()
}

// The streams of stdin, stdout and stderr. A UDP socket is none, and Node warns who asks it.
const isStandard = (owner: Owner) =>
  !owner.bind && [0, 1, 2].includes(owner.fd ?? owner._handle?.fd ?? -1)

function drop(owner: Owner): void {
  leaveAgent(owner)
  // A server's other listeners are its program, which the child may use on sockets of its own.
  if (owner.listen) owner.removeAllListeners?.('close')
  else owner.removeAllListeners?.()
  const end = owner.destroy ?? owner.close ?? owner.stop
  end?.call(owner)
}

// An http.Agent must neither hand this socket out again nor count it.
function leaveAgent(owner: Owner): void {
  const agent = owner._httpMessage?.agent
  if (agent) for (const name of Object.keys(agent.requests)) delete agent.requests[name]
  owner.emit?.('agentRemove')
}

// The channel to the parent's parent, where that is node: fork() of child_process made it.
function leaveChannel(): void {
  if (!process.connected) return
  for (const event of ['message', 'internalMessage', 'disconnect']) {
    process.removeAllListeners(event)
  }
  process.disconnect()
}

// fetch keeps connections where only its dispatcher knows them. One that the program has chosen
// is left alone: only the program can make another of its kind.
function renewFetch(): void {
  const registry = globalThis as unknown as Record<symbol, object | undefined>
  const [now, old] = [2, 1].map(version => Symbol.for(`undici.globalDispatcher.${version}`)) as [
    symbol,
    symbol,
  ]
  let fresh: object | undefined
  for (const key of [now, old]) {
    const current = registry[key]
    const { name } = current?.constructor ?? {}
    const make = current?.constructor as (new (inner?: object) => object) | undefined
    if (make && (name === 'Agent' || name === 'EnvHttpProxyAgent'))
      registry[key] = fresh ??= new make()
    if (make && name === 'Dispatcher1Wrapper' && fresh) registry[key] = new make(fresh)
  }
}
