-- Whether the promise of a callback is kept: somebody has it in hand in time. Each promise counts once. Needs desk.

-- Nobody has it in hand, and its time is over.
local function miss(id, work)
  local at_ms = work.promise
  work.promise = '-' .. at_ms
  step(id, work, 'missed', nil, 'nobody had it in hand in time', 'promised_ms', at_ms)
end

-- Somebody takes work in hand; returns what that step says of a promise. The caller saves the work.
local function answer_promise(id, work)
  if not work.promise then return end
  if tonumber(work.promise) > 0 and NOW >= work.promise + KEPT_MS then miss(id, work) end
  local late, at_ms = string.match(work.promise, '^(%-?)(%d+)$')
  work.promise = nil
  return 'promised_ms', at_ms, 'promise', late == '-' and 'late' or 'kept'
end
