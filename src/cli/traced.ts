// What node loads before the script of `truefork run --trace FILE`: the file is named in the URL. What
// the script's children start anew goes on in it.
import { beginTrace } from '../trace/trace.ts'

const file = new URL(import.meta.url).searchParams.get('file')
if (file !== null) beginTrace(file, false)
