// admit, the decision: whether a client may be served, and all that is remembered for it.
import { decideAccess, type Rule, reasonFor, ruleFrom } from './access.ts'
import { type Address, addressFrom } from './addresses.ts'
import type { Settings } from './configuration.ts'
import type { RejectReason } from './events.ts'
import { type Source, sourceOf } from './sources.ts'

/** Why a client may not be served. */
export interface Refusal {
  reason: RejectReason
  /** The rule or the count that decided. */
  detail: string
}

/**
 * The rules and limits in force, and what is known of those who came before. A client without an
 * address, on a UNIX-domain socket, has no source, and no rule is for it.
 */
export class Admission {
  #settings: Settings
  #rules: Rule[] = []
  /** How many are being served; kept only where that is limited. */
  #served = new Map<Source, number>()

  constructor(settings: Settings) {
    this.#settings = settings
    this.apply(settings, [])
  }

  /**
   * Puts other settings into force. Under another prefix a source is another one: those who are being
   * served are counted anew.
   *
   * @param hosts the numeric addresses of those who are being served
   */
  apply(settings: Settings, hosts: Iterable<string>): void {
    this.#settings = settings
    this.#rules = [settings.access].flat().map(ruleFrom)
    this.#served = new Map()
    for (const host of hosts) this.began(host)
  }

  /**
   * Decides on a client who has been accepted.
   *
   * @param host its numeric address, if it has one
   * @param running how many server processes there are
   * @returns undefined: it may be served
   */
  decide(host: string | undefined, running: number): Refusal | undefined {
    const { overload, maxChildren } = this.#settings
    if (overload === 'refuse' && running >= maxChildren) {
      return { reason: 'overload', detail: `${running} server processes` }
    }
    if (host === undefined || (this.#rules.length === 0 && !this.#limitsSources)) return undefined
    const address = addressFrom(host)
    if (!address) return { reason: 'access', detail: 'its address is not numeric' }
    const decision = decideAccess(this.#rules, address)
    if (!decision.allowed) return { reason: 'access', detail: reasonFor(decision) }
    return this.#limitsSources ? this.#decideOnSource(address) : undefined
  }

  #decideOnSource(address: Address): Refusal | undefined {
    const { maxPerSource = Number.POSITIVE_INFINITY } = this.#settings
    const source = sourceOf(address, this.#settings)
    const served = this.#served.get(source) ?? 0
    if (served < maxPerSource) return undefined
    return { reason: 'max-per-source', detail: `${served} from ${source}` }
  }

  /** A server process serves a client of this address. */
  began(host: string | undefined): void {
    const address = this.#addressOf(host)
    if (!address) return
    const source = sourceOf(address, this.#settings)
    this.#served.set(source, (this.#served.get(source) ?? 0) + 1)
  }

  /** It has ended. */
  ended(host: string | undefined): void {
    const address = this.#addressOf(host)
    if (!address) return
    const source = sourceOf(address, this.#settings)
    const others = (this.#served.get(source) ?? 0) - 1
    if (others > 0) this.#served.set(source, others)
    else this.#served.delete(source)
  }

  // Undefined also where nothing depends on the source.
  #addressOf(host: string | undefined): Address | undefined {
    return host === undefined || !this.#limitsSources ? undefined : addressFrom(host)
  }

  get #limitsSources(): boolean {
    return this.#settings.maxPerSource !== undefined
  }
}
