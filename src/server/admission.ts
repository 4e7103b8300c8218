// admit, the decision: whether a client may be served, by the rules and limits in force.
import { decideAccess, type Rule, reasonFor, ruleFrom } from './access.ts'
import { addressFrom } from './addresses.ts'
import type { Settings } from './configuration.ts'
import type { RejectReason } from './events.ts'

/** Why a client may not be served. */
export interface Refusal {
  reason: RejectReason
  /** The rule or the count that decided. */
  detail: string
}

/**
 * The rules and limits in force. No rule is for a client without an address, on a UNIX-domain socket.
 */
export class Admission {
  #settings: Settings
  #rules: Rule[] = []

  constructor(settings: Settings) {
    this.#settings = settings
    this.apply(settings)
  }

  /** Puts other settings into force. */
  apply(settings: Settings): void {
    this.#settings = settings
    this.#rules = [settings.access].flat().map(ruleFrom)
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
    if (host === undefined || this.#rules.length === 0) return undefined
    const address = addressFrom(host)
    if (!address) return { reason: 'access', detail: 'its address is not numeric' }
    const decision = decideAccess(this.#rules, address)
    return decision.allowed ? undefined : { reason: 'access', detail: reasonFor(decision) }
  }
}
