import { defineConfig } from 'vitest/config'
import { patience } from './test/support/until.ts'

const ofThePackage = 'test/package/**/*.test.ts'
// What looks at servers from outside, or at the shell: the same with every Node.
const ofTools = [
  'test/bench/**/*.test.ts',
  'test/cli/40.grade.test.ts',
  'test/cli/50.completion.test.ts',
]
const ofTheTexts = ['test/docs/**/*.test.ts', 'test/labs/**/*.test.ts']

export default defineConfig({
  test: {
    // Processes, not threads: tests fork, and fork(2) wants a process of its own.
    pool: 'forks',
    // The tests drive real processes, which need the rest of the machine.
    maxWorkers: 3,
    testTimeout: patience(30_000),
    hookTimeout: patience(30_000),
    teardownTimeout: 10_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'suite',
          include: ['test/**/*.test.ts'],
          exclude: [ofThePackage, ...ofTools, ...ofTheTexts],
        },
      },
      {
        extends: true,
        test: { name: 'tools', include: ofTools },
      },
      {
        extends: true,
        // What the documentation and the labs say; the same with every Node.
        test: { name: 'docs', include: ofTheTexts },
      },
      {
        extends: true,
        // What is to be installed, and installing it: needs `npm run build:prebuilds`.
        test: {
          name: 'package',
          include: [ofThePackage],
          globalSetup: 'test/package/pack.ts',
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
