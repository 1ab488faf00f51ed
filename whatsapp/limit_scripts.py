"""What `whatsapp/limits.py` runs inside Redis, in one step each. Times are unix seconds.

Redis truncates numbers that a script returns, so they travel as text.
"""

# A bucket that refills steadily, one of a number; and per customer the time at which their bucket
# will be full again, which is all one needs to know of it.
# KEYS: bucket, hold, one pair per message. ARGV: now, tokens per second, bucket's size, what is
# left to others, pair interval, pair burst.
TURNS = """
local now, rate, size = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local floor, interval, burst = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local asked = #KEYS - 2
local answers = {}
local held = tonumber(redis.call('GET', KEYS[2]) or '0') - now
if held > 0 then
  for i = 1, asked do answers[i] = 'number ' .. held end
  return answers
end
local bucket = redis.call('HMGET', KEYS[1], 'level', 'at')
local at = tonumber(bucket[2] or now)
-- Nothing is owed for longer than two seconds, however much came in.
local level = math.max(tonumber(bucket[1] or size), -2 * rate)
level = math.min(size, level + math.max(now - at, 0) * rate)
for i = 1, asked do
  local pair = KEYS[2 + i]
  local owed = math.max(tonumber(redis.call('GET', pair) or '0') - now, 0)
  local wait = owed + interval - burst * interval
  if wait > 0.001 then
    answers[i] = 'pair ' .. wait
  elseif level - 1 < floor then
    -- Worth coming back for: several at once.
    local several = math.max(math.min(asked - i + 1, size / 2), 1)
    answers[i] = 'number ' .. (math.min(several + floor, size) - level) / rate
  else
    level = level - 1
    redis.call('SET', pair, string.format('%.6f', now + owed + interval), 'PX',
      math.ceil((owed + interval) * 1000))
    answers[i] = 'go'
  end
end
redis.call('HSET', KEYS[1], 'level', string.format('%.6f', level),
  'at', string.format('%.6f', math.max(now, at)))
redis.call('EXPIRE', KEYS[1], 60)
return answers
"""

# Customers written to outside of a window, by when last.
# KEYS: the sorted set. ARGV: now, period, limit, contacts… Answers seconds to wait each
# (0: counted), then how many there are.
TIER = """
local now, period, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - period)
local used = redis.call('ZCARD', KEYS[1])
local answers = {}
for i = 4, #ARGV do
  local known = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if known or used < limit then
    if not known then used = used + 1 end
    redis.call('ZADD', KEYS[1], ARGV[1], ARGV[i])
    answers[i - 3] = '0'
  else
    local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
    local wait = tonumber(oldest[2] or now) + period - now
    -- A few at a time: whoever comes back finds room, or waits for the next.
    answers[i - 3] = tostring(math.max(wait, 1))
  end
end
redis.call('EXPIRE', KEYS[1], math.ceil(period))
answers[#answers + 1] = tostring(used)
return answers
"""

# KEYS: until when, how often lately. ARGV: now, seconds, longest, forgotten after.
HOLD = """
local now, seconds = tonumber(ARGV[1]), tonumber(ARGV[2])
local untold = tonumber(redis.call('GET', KEYS[1]) or '0')
if untold > now then
  -- Messages that were on their way together are refused together: that is one time.
  seconds = math.max(seconds, untold - now)
else
  local times = redis.call('INCR', KEYS[2])
  redis.call('EXPIRE', KEYS[2], tonumber(ARGV[4]))
  seconds = math.min(seconds * 2 ^ math.min(times - 1, 20), tonumber(ARGV[3]))
end
redis.call('SET', KEYS[1], string.format('%.6f', now + seconds), 'PX', math.ceil(seconds * 1000))
return string.format('%.6f', now + seconds)
"""
