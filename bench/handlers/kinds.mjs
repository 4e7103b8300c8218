// The same service written in three ways.
//   KIND=sync|asyncBlocking|async truefork serve kinds.mjs
const kinds = {
  sync(connection) {
    for (const chunk of connection) connection.write(chunk)
  },
  // A promise all the same: the event loop is entered once, at the end.
  async asyncBlocking(connection) {
    for (const chunk of connection) connection.write(chunk)
  },
  async async(connection) {
    for await (const chunk of connection) connection.socket.write(chunk)
  },
}

export default kinds[process.env.KIND]
