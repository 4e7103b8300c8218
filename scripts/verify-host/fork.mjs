// Started by `truefork run`: children of fork(2) that collect garbage while their parent does.
import { _exit, fork, waitpid } from 'truefork/posix'

const makeGarbage = () => {
  let kept = []
  for (let i = 0; i < 10; i++)
    kept = [kept.length, ...Array.from({ length: 5_000 }, (_, n) => ({ n }))]
  return kept.length
}

const count = Number(process.argv[2])
const parent = process.pid
let right = 0
for (let i = 0; i < count; i++) {
  const pid = fork()
  if (pid === 0) {
    makeGarbage()
    _exit(process.pid === parent ? 1 : 7)
  }
  makeGarbage()
  const { status } = waitpid(pid)
  if (status.kind === 'exited' && status.code === 7) right++
}
console.log(`${right} of ${count}`)
