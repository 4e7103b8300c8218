// admit, the decision: whether a client may be served, and all that is remembered for it.
import { decideAccess, type Rule, reasonFor, ruleFrom } from './access.ts'
import { type Address, addressFrom } from './addresses.ts'
import type { Settings } from './configuration.ts'
import type { RejectReason } from './events.ts'
import { RateLimit, rateFrom } from './rates.ts'
import { type Source, sourceOf } from './sources.ts'

/** Why a client may not be served. */
export interface Refusal {
  reason: RejectReason
  /** The rule, the count or the time that decided. */
  detail: string
}

/**
 * The rules and limits in force, and what is known of those who came before. A client without an
 * address, on a UNIX-domain socket, has no source, and no rule is for it.
 */
export class Admission {
  #settings: Settings
  #rules: Rule[] = []
  #rate: RateLimit | undefined
  /** How many are being served; kept only where that is limited. */
  #served = new Map<Source, number>()

  constructor(settings: Settings) {
    this.#settings = settings
    this.#rate = rateLimit(settings)
    this.apply(settings, [])
  }

  /**
   * Puts other settings into force. What is known is kept, but under another prefix a source is
   * another one, and another rate is another allowance.
   *
   * @param hosts the numeric addresses of those who are being served
   */
  apply(settings: Settings, hosts: Iterable<string>): void {
    const old = this.#settings
    this.#settings = settings
    this.#rules = [settings.access].flat().map(ruleFrom)
    const { sourcePrefix4, sourcePrefix6 } = settings
    const isSame = sourcePrefix4 === old.sourcePrefix4 && sourcePrefix6 === old.sourcePrefix6
    if (!isSame || settings.maxRate !== old.maxRate) this.#rate = rateLimit(settings)
    this.#served = new Map()
    for (const host of hosts) this.began(host)
  }

  /**
   * Decides on a client who has been accepted, and takes it off the allowance of its source.
   *
   * @param host its numeric address, if it has one
   * @param running how many server processes there are
   * @param now ms of the monotonic clock
   * @returns undefined: it may be served
   */
  decide(host: string | undefined, running: number, now: number): Refusal | undefined {
    const { overload, maxChildren } = this.#settings
    if (overload === 'refuse' && running >= maxChildren) {
      return { reason: 'overload', detail: `${running} server processes` }
    }
    if (host === undefined || (this.#rules.length === 0 && !this.#limitsSources)) return undefined
    const address = addressFrom(host)
    if (!address) return { reason: 'access', detail: 'its address is not numeric' }
    const decision = decideAccess(this.#rules, address)
    if (!decision.allowed) return { reason: 'access', detail: reasonFor(decision) }
    return this.#limitsSources ? this.#decideOnSource(address, now) : undefined
  }

  #decideOnSource(address: Address, now: number): Refusal | undefined {
    const { maxPerSource = Number.POSITIVE_INFINITY, maxRate } = this.#settings
    const source = sourceOf(address, this.#settings)
    const served = this.#served.get(source) ?? 0
    if (served >= maxPerSource) {
      return { reason: 'max-per-source', detail: `${served} from ${source}` }
    }
    if (!this.#rate || this.#rate.take(source, now)) return undefined
    return { reason: 'max-rate', detail: `${maxRate} for ${source}` }
  }

  /** A server process serves a client of this address. */
  began(host: string | undefined): void {
    const address = this.#addressOf(host)
    if (!address || this.#settings.maxPerSource === undefined) return
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
    const { maxPerSource, maxRate } = this.#settings
    return maxPerSource !== undefined || maxRate !== undefined
  }
}

function rateLimit({ maxRate }: Settings): RateLimit | undefined {
  const rate = maxRate === undefined ? undefined : rateFrom(maxRate)
  return rate && new RateLimit(rate)
}
