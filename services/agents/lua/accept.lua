-- A person accepts an offer. Afterwards they alone own the conversation, with the offer's epoch.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] command: string, the result of this command
-- KEYS[11] conversation: hash, who owns it
-- KEYS[12] details: string, what a person reads of this inquiry (JSON)
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] agent id
-- ARGV[3] inquiry id
-- ARGV[4] the offer's epoch
-- ARGV[5] conversation id
-- returns: {'ok', epoch} | {'ok', epoch, 'asked'}: once only, where its customer may have asked for a person |
--   {'no_inquiry' | 'moved'} | {'stale' | 'not_offered' | 'elsewhere' | 'lapsed', epoch}
-- include: desk
-- include: commands
-- include: promises
local before = earlier()
if before then return before end
local agent, id = ARGV[2], ARGV[3]
local work = load_work(id)
if work and work.conv ~= ARGV[5] then return { 'moved' } end
local no = refusal(work, agent, tonumber(ARGV[4]), 'offered')
if no then return result(no, work and work.epoch) end
if NOW >= tonumber(work.until_ms) then return result('lapsed', work.epoch) end

redis.call('ZREM', DUE, 'offer|' .. work.epoch .. '|' .. id)
work.state, work.until_ms, work.taken, work.direct, work.spoke = 'accepted', nil, NOW, nil, NOW
if SILENT_MS ~= '' then redis.call('ZADD', DUE, NOW + SILENT_MS, 'pause|' .. id) end
local person = load_person(agent)
set_held(person, id, 'accepted')
person.lapses = 0
step(id, work, 'accepted', agent, nil, answer_promise(id, work))
save_work(id, work)
save_person(agent, person)
give(KEYS[11], id, work, 'person', agent)
local answer = result('ok', work.epoch)
if string.find(work.members, ',', 1, true)
  or string.find(redis.call('GET', KEYS[12]) or '', '"reason":"explicit_wish"', 1, true) then
  answer[3] = 'asked'
end
return answer
