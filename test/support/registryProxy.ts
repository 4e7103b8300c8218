// A proxy that lets nobody through but to the registry of npm, and remembers who wanted elsewhere.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { temporaryFolder } from './folder.ts'

export async function startRegistryProxy() {
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim()
  const { hostname, port, protocol } = new URL(registry)
  const allowed = `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
  const reached: string[] = []
  const refused: string[] = []

  // What is not encrypted comes as a request, and is refused: a registry of that kind is not known.
  const server = createServer((request, response) => {
    refused.push(request.url ?? '')
    response.writeHead(403).end()
  })
  server.on('connect', ({ url = '' }: { url?: string }, client: Socket) => {
    client.on('error', () => {})
    if (url !== allowed) {
      refused.push(url)
      client.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      return
    }
    reached.push(url)
    const [host, number] = url.split(':') as [string, string]
    const registrySocket = connect(Number(number), host, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      registrySocket.pipe(client).pipe(registrySocket)
    })
    registrySocket.on('error', () => client.destroy())
  })
  const path = join(temporaryFolder(), 'proxy')
  server.listen(path)
  await once(server, 'listening')
  return { path, allowed, reached, refused, close: () => server.close() }
}
