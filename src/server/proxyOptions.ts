// The options of the PROXY protocol: behind a balancer, who the client is.
import * as v from 'valibot'
import { networkFrom } from './addresses.ts'
import { type OptionRow, texts } from './optionRow.ts'

export interface ProxyOptions {
  /** Every connection begins with a header of the PROXY protocol; default false */
  proxyProtocol?: boolean
  /** The networks and addresses of the balancers, and `unix` for those on a UNIX-domain socket */
  proxyFrom?: string | readonly string[]
  /** Seconds in which the header has to be there; default 3 */
  proxyTimeout?: number
}

/** Whoever may connect to a UNIX-domain socket, which its file decides. */
export const onUnixSocket = 'unix'

export const proxyRows: Record<keyof ProxyOptions, OptionRow> = {
  proxyProtocol: {
    schema: v.boolean(),
    expected: 'true or false',
    help: 'connections begin with a header of the PROXY protocol; needs --proxy-from',
    applied: 'start',
    default: false,
  },
  proxyFrom: {
    schema: texts,
    expected: 'a list of networks, as ["10.0.0.0/8"], or "unix"',
    help: 'a network of balancers, whose header is believed, or unix; repeatable',
    argument: 'CIDR',
    applied: 'reload',
    repeatable: true,
    check: text => text === onUnixSocket || networkFrom(text),
    default: [],
  },
  proxyTimeout: {
    schema: v.pipe(v.number(), v.minValue(0.1), v.maxValue(60)),
    expected: 'seconds, from 0.1 to 60',
    help: 'seconds in which the header has to be there',
    argument: 'SECONDS',
    applied: 'reload',
    default: 3,
  },
}
