// admit: the step between accept and fork.
import type { Refusal } from './admission.ts'
import { type Client, hostOf, type Server } from './server.ts'

/** Whether a client may be served. If not, it is to be closed. */
export function admit(server: Server, client: Client): boolean {
  const refusal = server.admission.decide(hostOf(client))
  if (refusal) refuse(server, client, refusal)
  return !refusal
}

export function refuse(server: Server, client: Client, { reason, detail }: Refusal): void {
  server.report({ event: 'rejected', client: client.name, reason, detail })
}
