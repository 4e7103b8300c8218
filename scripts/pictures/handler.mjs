// Tells who serves, and echoes.
export default connection => {
  for (let line = connection.readLine(); line !== null; line = connection.readLine())
    connection.write(`${line === 'who' ? process.pid : line}\n`)
}
