-- A person has not reached the customer of a callback. Afterwards it is promised for later, or, after the last
-- attempt, ended.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] command: string, the result of this command
-- KEYS[11] conversation: hash, who owns it
-- KEYS[12] ended: string, the last record of this work
-- KEYS[13] details: string, what a person reads of this inquiry (JSON)
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] agent id
-- ARGV[3] inquiry id
-- ARGV[4] epoch
-- ARGV[5] conversation id
-- ARGV[6] reason
-- ARGV[7] attempts in all
-- ARGV[8] when the next one is due, milliseconds
-- returns: {'ok', epoch} | {'no_inquiry' | 'moved'} | {'stale' | 'not_accepted' | 'elsewhere' | 'no_callback', epoch}
-- include: desk
-- include: commands
-- include: capacity
-- include: matching
-- include: moves
local before = earlier()
if before then return before end
local agent, id = ARGV[2], ARGV[3]
local work = load_work(id)
if work and work.conv ~= ARGV[5] then return { 'moved' } end
local no = refusal(work, agent, tonumber(ARGV[4]), 'accepted')
if not no and work.attempts == 0 then no = 'no_callback' end
if no then return result(no, work and work.epoch) end

local person = load_person(agent)
if work.attempts < tonumber(ARGV[7]) then
  take_back(id, work, person, KEYS[11], ARGV[6])
  promise(id, work, ARGV[8], 'not reached, attempt ' .. work.attempts .. ' of ' .. ARGV[7])
else
  redis.call('ZREM', DUE, 'pause|' .. id)
  drop(id, person)
  work.epoch = work.epoch + 1
  work.state = 'abandoned'
  give(KEYS[11], id, work, 'closed', agent)
  step(id, work, 'abandoned', agent, 'not reached in ' .. ARGV[7] .. ' attempts',
    'customer_id', work.cust, 'notice', 'given_up')
  archive(id, work, KEYS[12], KEYS[13])
end
return result('ok', work.epoch, settle(agent, person))
