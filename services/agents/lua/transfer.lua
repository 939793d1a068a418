-- A person gives their work to a queue or to another person. Afterwards it waits there at its original age,
-- and does not come back to the sender for a while.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] command: string, the result of this command
-- KEYS[11] conversation: hash, who owns it
-- KEYS[12] classes: hash, class -> what it asks for (JSON)
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] agent id
-- ARGV[3] inquiry id
-- ARGV[4] epoch
-- ARGV[5] conversation id
-- ARGV[6] to queue ('' for none)
-- ARGV[7] the class in that queue
-- ARGV[8] to agent ('' for none)
-- ARGV[9] how long it waits for that agent alone, milliseconds
-- ARGV[10] note for whoever takes it
-- ARGV[11] who joins in there later, and what becomes of it when that queue closes, as rings of a plan
-- ARGV[12] until when the first ring lasts, seconds from now ('' for no end)
-- returns: {'ok', epoch} | {'no_inquiry' | 'moved' | 'unknown_class'}
--   | {'stale' | 'not_accepted' | 'elsewhere' | 'target_absent', epoch}
-- include: desk
-- include: commands
-- include: capacity
-- include: matching
-- include: moves
local before = earlier()
if before then return before end
local agent, id, to_queue, to_agent = ARGV[2], ARGV[3], ARGV[6], ARGV[8]
local work = load_work(id)
if work and work.conv ~= ARGV[5] then return { 'moved' } end
local no = refusal(work, agent, tonumber(ARGV[4]), 'accepted')
if not no and to_agent ~= '' then
  local to = load_person(to_agent)
  if not to or to.drained then no = 'target_absent' end
end
if no then return result(no, work and work.epoch) end
if to_queue ~= '' and redis.call('HEXISTS', KEYS[12], ARGV[7]) == 0 then return { 'unknown_class' } end

local person = load_person(agent)
redis.call('ZREM', DUE, 'pause|' .. id)
drop(id, person)
avoid(id, agent, person)
if to_queue ~= '' then
  put_into(work, to_queue, ARGV[7], ARGV[12], ARGV[11])
else
  work.direct = to_agent
  redis.call('ZADD', DUE, NOW + tonumber(ARGV[9]), 'direct|' .. id)
end
local busy_ms = turn_ms(work)
work.epoch = work.epoch + 1
work.taken = nil
restart_rings(work)
if ARGV[10] ~= '' then work.note = ARGV[10] end
give(KEYS[11], id, work, 'queue', agent)
step(id, work, 'transferred', agent, ARGV[10], 'besides_ms', busy_ms)
local offers = settle(agent, person)
place(id, work)
return result('ok', work.epoch, offers)
