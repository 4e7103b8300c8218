// Tells who the client is, and what it has sent behind its header.
export default connection => {
  const chunks = [...connection]
  const { remoteAddress, remotePort, localAddress, localPort } = connection
  const addresses = {
    remote: { host: remoteAddress, port: remotePort },
    local: { host: localAddress, port: localPort },
  }
  const received = Buffer.concat(chunks).toString('latin1')
  connection.write(JSON.stringify({ ...addresses, received }))
}
