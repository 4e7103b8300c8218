// The descriptors that are named in calls: one of each sort, always under the same number, and none of
// them ever waits.
import { firstDescriptor, sorts } from './values.mjs'

/** Between the descriptors of Node and these, and always closed. */
const closed = firstDescriptor - 1

export class Descriptors {
  #addon
  #constants

  constructor(addon) {
    this.#addon = addon
    this.#constants = addon.constants
  }

  /** Makes all of them anew. What was under their numbers is closed by that. */
  make() {
    const { AF_UNIX, AF_INET, SOCK_STREAM, SOCK_DGRAM, SOCK_NONBLOCK } = this.#constants
    const { O_RDWR, O_CREAT, O_RDONLY, O_DIRECTORY } = this.#constants
    const addon = this.#addon
    const [reading, writing] = this.#neverWaiting(addon.pipe())
    const [one, other] = addon.socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)
    const unix = () => addon.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)
    const empty = unix()
    addon.listen(empty, 5)
    const { listener, client } = this.#withClient(unix)
    const all = [
      addon.open('file', O_RDWR | O_CREAT, 0o600),
      ...[reading, writing, one, other, empty, listener, client],
      addon.socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0),
      addon.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0),
      unix(),
      ...this.#neverWaiting([addon.openTerminal()]),
      addon.open('.', O_RDONLY | O_DIRECTORY, 0),
    ]
    addon.write(writing, new Uint8Array(10))
    addon.sendmsg(one, new Uint8Array(10), Int32Array.of(reading, empty))
    this.#place(all)
    addon.close(closed)
  }

  /** None is left. */
  close() {
    for (let at = closed; at < firstDescriptor + sorts.length; at++) this.#addon.close(at)
  }

  #neverWaiting(fds) {
    const { F_SETFL, F_GETFL, O_NONBLOCK } = this.#constants
    for (const fd of fds) {
      this.#addon.fcntl(fd, F_SETFL, this.#addon.fcntl(fd, F_GETFL, 0) | O_NONBLOCK)
    }
    return fds
  }

  /** A name that the system chooses: paths would have to be removed. */
  #withClient(unix) {
    const [listener, client] = [unix(), unix()]
    const address = { path: '\0listener' }
    this.#addon.bind(listener, address)
    this.#addon.listen(listener, 5)
    this.#addon.connect(client, address)
    return { listener, client }
  }

  #place(fds) {
    if (fds.length !== sorts.length) throw new Error('a number for each sort')
    for (const [index, fd] of fds.entries()) {
      if (fd < 0) throw new Error(`${sorts[index]}: ${this.#addon.describeErrno(-fd)}`)
      this.#addon.dup2(fd, firstDescriptor + index)
      this.#addon.close(fd)
    }
  }
}
