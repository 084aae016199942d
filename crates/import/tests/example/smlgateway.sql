--
-- PostgreSQL database dump
--

CREATE TABLE public.api_keys (id integer, provider text, api_key text);

COPY public.api_keys (id, provider, api_key) FROM stdin;
1	groq	hush-groq-a, hush-groq-b
2	google	hush-google
3	mistral	hush-mistral
4	house	hush-house
5	thaillm	hush-thai
\.

COPY public.provider_catalog (id, name, base_url, env_var, status, source, free_tier, auth_scheme, auth_header_name) FROM stdin;
1	groq	https://api.groq.com/openai/v1/chat/completions	GROQ_API_KEY	active	seed	t	bearer	\N
2	google	https://generativelanguage.googleapis.com/v1beta/openai/chat/completions	GOOGLE_AI_API_KEY	active	seed	t	bearer	\N
3	mistral	https://api.mistral.ai/v1/chat/completions	MISTRAL_API_KEY	active	seed	t	bearer	\N
4	house	http://one.fleet.example/v1/chat/completions	HOUSE_API_KEY	active	manual	t	bearer	\N
5	thaillm	https://api.thaillm.or.th/v1/chat/completions	THAILLM_API_KEY	active	manual	t	header	apikey
6	reka	https://api.reka.ai/v1/chat/completions	REKA_API_KEY	active	seed	t	bearer	\N
7	anyscale	https://api.anyscale.example/v1/chat/completions	ANYSCALE_API_KEY	pending	pattern	f	bearer	\N
\.

COPY public.provider_settings (provider, enabled) FROM stdin;
mistral	f
\.

COPY public.models (id, name, provider, model_id, context_length, supports_tools, supports_embedding) FROM stdin;
groq:llama-3.3-70b-versatile	llama-3.3-70b	groq	llama-3.3-70b-versatile	131072	1	0
google:gemini-2.5-flash	gemini-2.5-flash	google	gemini-2.5-flash	1048576	1	0
google:text-embedding-004	text-embedding-004	google	text-embedding-004	2048	0	1
house:house-large	house-large	house	house-large	131072	0	0
thaillm:openthaigpt/thai-8b	thai-8b	thaillm	openthaigpt/thai-8b	32768	0	0
mistral:mistral-small	mistral-small	mistral	mistral-small	32768	1	0
\.

COPY public.exam_attempts (id, model_id, attempt_number, score_pct, passed) FROM stdin;
1	groq:llama-3.3-70b-versatile	1	40	f
2	groq:llama-3.3-70b-versatile	2	80	t
3	house:house-large	1	95	t
4	google:gemini-2.5-flash	1	90	t
\.

INSERT INTO public.model_category_scores (model_id, category, score_pct) VALUES ('thaillm:openthaigpt/thai-8b', 'thai', 99);
INSERT INTO public.prompts (id, name, content, description) VALUES (1, 'greeting', 'You''re kind;
answer in one line.', NULL);

COPY public.gateway_api_keys (id, name, key_prefix, key_hash, enabled, expires_at) FROM stdin;
1	team a	sml_live_ab	0d49930ae3ae9848e741d363490c75211a7cdbc71c927cb58cc40c04c3105e04	t	2027-01-31 00:00:00+00
2	old	sml_live_cd	3cc80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b	f	\N
3	broken	sml_live_ef	hush-not-a-hash	t	\N
\.

COPY public.gateway_logs (id, user_message) FROM stdin;
1	hush
\.
