"""The public face: pages, live open data and exports, made only of what ``public.v1.*`` events say."""
