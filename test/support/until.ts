/** Under instruments and in an emulator everything takes some times as long: those scripts say how many. */
const slowness = Number(process.env.TEST_SLOWNESS ?? 1)

/** For timeouts of tests: so many ms, or more under instruments. */
export const patience = (ms: number): number => ms * slowness

/** How long anything in these tests may take before it counts as failed, in ms without them. */
export const DEADLINE = 10_000

const STEP = 2

/**
 * Asks again and again until the answer is truthy, and returns it. For states of the system that
 * tell nobody when they change; whatever does tell is to be awaited instead.
 */
export async function until<T>(
  ask: () => T | Promise<T>,
  { deadline = DEADLINE, what = ask.toString() } = {},
): Promise<NonNullable<T>> {
  const longest = patience(deadline)
  const end = Date.now() + longest
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    if (Date.now() > end) throw new Error(`not within ${longest} ms: ${what}`)
    await new Promise(resolve => setTimeout(resolve, STEP))
  }
}

/** The promise, or an error that tells what did not happen in time. */
export async function within<T>(
  promise: Promise<T>,
  what: () => string,
  deadline = DEADLINE,
): Promise<T> {
  const longest = patience(deadline)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${longest} ms: ${what()}`)), longest)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
