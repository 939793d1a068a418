-- The customer has left: what still waits for a person ends. What a person has accepted stays theirs, and who was
-- promised a callback may well leave. Where nothing waits, what they asked for before may still be on its way.
-- Afterwards the cause is remembered, so that a redelivery cannot end a later matter.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] seen: string, the inquiry id of the work that this cause ended
-- KEYS[11] conversation: hash, who owns it
-- KEYS[12] ended: string, the last record of this work
-- KEYS[13] details: string, what a person reads of this inquiry (JSON)
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] inquiry id of the conversation's open work ('' for none)
-- ARGV[3] when the customer left, milliseconds
-- returns: {'abandoned' | 'held' | 'promised', inquiry id} | {'repeated' | 'nothing_waits'}
--   | {'moved'}: the conversation has other work by now, look again
-- include: desk
-- include: capacity
-- include: matching
-- include: moves
if redis.call('EXISTS', KEYS[10]) == 1 then return { 'repeated' } end
local id = redis.call('HGET', KEYS[11], 'work_id') or ''
if id ~= ARGV[2] then return { 'moved' } end
redis.call('SET', KEYS[10], id, 'PX', KEEP_MS)
local work = id ~= '' and load_work(id)
if not work or work.state == 'wrapping' then
  local before_ms = redis.call('HGET', KEYS[11], 'left_ms') or '0'
  if tonumber(ARGV[3]) > tonumber(before_ms) then redis.call('HSET', KEYS[11], 'left_ms', ARGV[3]) end
  redis.call('PEXPIRE', KEYS[11], KEEP_MS)
  return { 'nothing_waits' }
end
if tonumber(work.last) > tonumber(ARGV[3]) then return { 'nothing_waits' } end
if work.state == 'promised' or is_promised(work) then return { 'promised', id } end
if work.state == 'accepted' or work.state == 'paused' then return { 'held', id } end

local agent = work.agent
local person = agent and load_person(agent)
redis.call('ZREM', DUE, 'direct|' .. id)
if work.state == 'waiting' then
  pop(id, work)
  work.epoch = work.epoch + 1
else
  end_offer(id, work, person, 'cancelled', 'the customer has left')
end
work.state, work.agent, work.until_ms = 'abandoned', nil, nil
give(KEYS[11], id, work, 'closed')
if work.promise then -- its moment has passed, so this says nothing of how long customers stand in line
  step(id, work, 'abandoned', nil, nil, 'after_promise', '1')
elseif work.spoke then
  step(id, work, 'abandoned', nil, nil, 'waited_again_ms', waited_again(work))
else
  step(id, work, 'abandoned')
end
archive(id, work, KEYS[12], KEYS[13])
if person then settle(agent, person) end
return { 'abandoned', id }
