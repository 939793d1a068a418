-- A person finishes their work. Afterwards the conversation is closed, and the slot is free again, at once
-- or when the wrap-up ends.
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
-- ARGV[6] whether the customer had to repeat what was known: yes, no, or '' where the person did not say
-- ARGV[7..] queue and its wrap-up time in milliseconds, by turns, for queues that have one
-- returns: {'ok', epoch, {id, record, ...}}: what they were offered next, told once only |
--   {'no_inquiry' | 'moved'} | {'stale' | 'not_accepted' | 'elsewhere', epoch}
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
if no then return result(no, work and work.epoch) end

local was_paused = work.state == 'paused'
local wrap_up_ms
for index = 7, #ARGV, 2 do
  if ARGV[index] == work.queue then wrap_up_ms = tonumber(ARGV[index + 1]) end
end
local person, offers = load_person(agent)
redis.call('ZREM', DUE, 'pause|' .. id)
work.epoch = work.epoch + 1
give(KEYS[11], id, work, 'closed', agent)
local told = {}
if ARGV[6] ~= '' then told = { 'repeated', ARGV[6] } end
if was_paused then
  told[#told + 1] = 'besides_ms'
  told[#told + 1] = string.format('%.0f', 0 - paused_ms(work))
end
step(id, work, 'completed', agent, nil, unpack(told))
if wrap_up_ms then
  work.state, work.spoke = 'wrapping', NOW_TEXT
  set_held(person, id, 'wrapping')
  redis.call('ZADD', DUE, NOW + wrap_up_ms, 'wrap|' .. agent .. '|' .. id)
  save_work(id, work)
  if was_paused then offers = settle(agent, person) else save_person(agent, person) end
else
  drop(id, person)
  archive(id, work, KEYS[12], KEYS[13])
  offers = settle(agent, person)
end
return result('ok', work.epoch, offers)
