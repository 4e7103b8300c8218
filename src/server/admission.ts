// admit, the decision: whether a client may be served, and all that is remembered for it.
import type { WaitStatus } from '../posix/status.ts'
import { decideAccess, type Rule, reasonFor, ruleFrom } from './access.ts'
import { type Address, addressFrom, contains, type Network, networkFrom } from './addresses.ts'
import type { Settings } from './configuration.ts'
import type { RejectReason } from './events.ts'
import { Penalties, type Penalty, penaltiesFrom, type Tariff } from './penalties.ts'
import { RateLimit, rateFrom } from './rates.ts'
import { networkOfSource, type Source, SourceTable, sourceOf, type Table } from './sources.ts'

/** Why a client may not be served. */
export interface Refusal {
  reason: RejectReason
  /** The rule, the count or the time that decided. */
  detail: string
}

/** Makes the tables of what is known of sources. Where many processes decide, they share them. */
export interface Tables {
  rates(): Table<number>
  penalties(): Table<Penalty>
}

const own: Tables = { rates: () => new SourceTable(), penalties: () => new SourceTable() }

/** How many clients of a network are being served, where the daemon process does not count them. */
export type CountServed = (network: Network) => number

/**
 * The rules and limits in force, and what is known of those who came before. A client without an
 * address, on a UNIX-domain socket, has no source, and no rule is for it.
 */
export class Admission {
  readonly #tables: Tables
  #settings: Settings
  #rules: Rule[] = []
  #exempt: Network[] = []
  #rate: RateLimit | undefined
  #penalties: Penalties
  /** How many are being served; kept only where that is limited. */
  #served = new Map<Source, number>()

  constructor(settings: Settings, tables = own) {
    this.#tables = tables
    this.#settings = settings
    this.#rate = this.#rateLimit()
    this.#penalties = new Penalties(tariff(settings), tables.penalties())
    this.apply(settings, [])
  }

  /**
   * Puts other settings into force. What is known is kept, but under another prefix a source is
   * another one, another rate is another allowance, and without penalties there is none to serve.
   *
   * @param hosts the numeric addresses of those who are being served
   */
  apply(settings: Settings, hosts: Iterable<string>): void {
    const old = this.#settings
    this.#settings = settings
    this.#rules = [settings.access].flat().map(ruleFrom)
    this.#exempt = [settings.penaltyExempt].flat().map(networkFrom)
    const { sourcePrefix4, sourcePrefix6 } = settings
    const isSame = sourcePrefix4 === old.sourcePrefix4 && sourcePrefix6 === old.sourcePrefix6
    if (!isSame || settings.maxRate !== old.maxRate) this.#rate = this.#rateLimit()
    if (isSame && settings.penalize.length > 0) this.#penalties.tariff = tariff(settings)
    else this.#penalties = new Penalties(tariff(settings), this.#tables.penalties())
    this.#served = new Map()
    for (const host of hosts) this.began(host)
  }

  /**
   * Decides on a client who has been accepted, and takes it off the allowance of its source.
   *
   * @param host its numeric address, if it has one
   * @param running how many server processes there are
   * @param now ms of the monotonic clock
   * @param countServed default: those of `began` and `ended`
   * @returns undefined: it may be served
   */
  decide(
    host: string | undefined,
    running: number,
    now: number,
    countServed?: CountServed,
  ): Refusal | undefined {
    const { overload, maxChildren } = this.#settings
    if (overload === 'refuse' && running >= maxChildren) {
      return { reason: 'overload', detail: `${running} server processes` }
    }
    if (host === undefined || (this.#rules.length === 0 && !this.#limitsSources)) return undefined
    const address = addressFrom(host)
    if (!address) return { reason: 'access', detail: 'its address is not numeric' }
    const decision = decideAccess(this.#rules, address)
    if (!decision.allowed) return { reason: 'access', detail: reasonFor(decision) }
    return this.#limitsSources ? this.#decideOnSource(address, now, countServed) : undefined
  }

  #decideOnSource(address: Address, now: number, countServed?: CountServed): Refusal | undefined {
    const { maxPerSource, maxRate } = this.#settings
    const source = sourceOf(address, this.#settings)
    const penalty = this.#isExempt(address) ? 0 : this.#penalties.left(source, now)
    if (penalty > 0) return { reason: 'penalty', detail: `${Math.ceil(penalty)} s for ${source}` }
    if (maxPerSource !== undefined) {
      const served = countServed
        ? countServed(networkOfSource(address, this.#settings))
        : (this.#served.get(source) ?? 0)
      if (served >= maxPerSource)
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

  /**
   * It has ended.
   *
   * @returns for how many seconds the source is refused because of how it has; 0: it is not
   */
  ended(host: string | undefined, status: WaitStatus, now: number): number {
    const address = this.#addressOf(host)
    if (!address) return 0
    const source = sourceOf(address, this.#settings)
    const others = (this.#served.get(source) ?? 0) - 1
    if (others > 0) this.#served.set(source, others)
    else this.#served.delete(source)
    return this.#isExempt(address) ? 0 : this.#penalties.note(source, status, now)
  }

  // Undefined also where nothing depends on the source.
  #addressOf(host: string | undefined): Address | undefined {
    return host === undefined || !this.#limitsSources ? undefined : addressFrom(host)
  }

  get #limitsSources(): boolean {
    const { maxPerSource, maxRate, penalize } = this.#settings
    return maxPerSource !== undefined || maxRate !== undefined || penalize.length > 0
  }

  #rateLimit(): RateLimit | undefined {
    const { maxRate } = this.#settings
    const rate = maxRate === undefined ? undefined : rateFrom(maxRate)
    return rate && new RateLimit(rate, this.#tables.rates())
  }

  #isExempt(address: Address): boolean {
    return this.#exempt.some(network => contains(network, address))
  }
}

const tariff = ({ penalize, penaltyMax }: Settings): Tariff => ({
  seconds: new Map([penalize].flat().flatMap(penaltiesFrom)),
  maxSeconds: penaltyMax,
})
