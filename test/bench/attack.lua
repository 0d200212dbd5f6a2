-- What wrk sends in an attack: the same body, which is no JSON and bears no signature.
wrk.method = 'POST'
wrk.body = string.rep('garbage \0\255', 400)
wrk.headers['X-Hub-Signature-256'] = 'sha256=' .. string.rep('0', 64)
